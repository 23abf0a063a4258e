using System.Diagnostics;

namespace Outrider.Proofs.Tools;

/// <summary>Fetches Dafny (a .NET tool) and Z3 (Debian's package, unpacked) without root.</summary>
internal static class ToolFetch
{
    public static bool Dafny(TextWriter log)
    {
        var target = Path.Combine(ProofTools.Folder, "dafny");
        Directory.CreateDirectory(target);
        return Run(
            log, Environment.CurrentDirectory, DotnetHost.Path,
            ["tool", "install", "dafny", "--version", ProofTools.DafnyVersion, "--tool-path", target]);
    }

    public static bool Z3(TextWriter log)
    {
        var target = Path.Combine(ProofTools.Folder, "z3");
        Directory.CreateDirectory(target);
        // The solver's program is linked with its library, a package of its own.
        if (!Run(log, target, "apt-get", ["download", "z3", "libz3-4"]))
        {
            log.WriteLine("if the package lists are missing, an administrator has to run 'apt-get update' once");
            return false;
        }

        foreach (var package in Directory.GetFiles(target, "*.deb").Order(StringComparer.Ordinal))
        {
            if (!Run(log, target, "dpkg-deb", ["-x", package, "root"]))
            {
                return false;
            }
        }

        var library = Directory.GetFiles(Path.Combine(target, "root"), "libz3.so*", SearchOption.AllDirectories)
            .Select(Path.GetDirectoryName).FirstOrDefault();
        var script = Path.Combine(target, "z3");
        var program = Path.Combine(target, "root", "usr", "bin", "z3");
        File.WriteAllText(script, $"#!/bin/sh\nLD_LIBRARY_PATH='{library}' exec '{program}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(
                script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead
                | UnixFileMode.OtherExecute);
        }

        return ProofTools.Z3() != null;
    }

    private static bool Run(TextWriter log, string directory, string program, IEnumerable<string> args)
    {
        try
        {
            var start = new ProcessStartInfo(program)
            {
                WorkingDirectory = directory,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            foreach (var a in args)
            {
                start.ArgumentList.Add(a);
            }

            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                log.WriteLine($"{program} failed: {errors.GetAwaiter().GetResult().Trim()}");
            }

            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            log.WriteLine($"{program} does not start: {e.Message}");
            return false;
        }
    }
}
