using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Outrider.Tests.Process;

/// <summary>
/// Finds a program that Debian packages: installed, or unpacked under <c>.tools/</c> by an earlier run, or fetched and
/// unpacked there now, which needs no root.
/// </summary>
internal static class DebianTools
{
    private static readonly Lock Gate = new();

    public static string Find(string program, string package)
    {
        lock (Gate)
        {
            var directories = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
                .Append(Path.Combine(Tools, "usr", "bin"));
            foreach (var directory in directories)
                if (File.Exists(Path.Combine(directory, program))) return Path.Combine(directory, program);
            return Fetch(program, package);
        }
    }

    private static string Tools => Path.GetFullPath(Path.Combine(Here(), "..", "..", "..", ".tools"));

    private static string Fetch(string program, string package)
    {
        Directory.CreateDirectory(Tools);
        Run("apt-get", "download", package);
        foreach (var file in Directory.GetFiles(Tools, $"{package}_*.deb")) Run("dpkg-deb", "-x", file, Tools);
        var found = Path.Combine(Tools, "usr", "bin", program);
        Assert.True(File.Exists(found), $"{package} did not bring {program}: apt-get install {package}");
        return found;
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Tools,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var said = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {said.Result}");
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
