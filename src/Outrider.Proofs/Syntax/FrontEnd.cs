using System.Diagnostics;
using Outrider.Proofs.Tools;

namespace Outrider.Proofs.Syntax;

/// <summary>Runs the Dafny front end, a process of its own so that Dafny's assemblies stay out of this one.</summary>
public static class FrontEnd
{
    private const string AssemblyName = "outrider-dafny.dll";

    /// <summary>The front end's assembly or null: beside this program if installed, else in the build output.</summary>
    public static string? Find()
    {
        var set = Environment.GetEnvironmentVariable("OUTRIDER_DAFNY_FRONTEND");
        if (!string.IsNullOrEmpty(set))
        {
            return File.Exists(set) ? set : null;
        }

        var home = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        var configuration = Path.GetFileName(home);
        string[] places =
        [
            Path.Combine(home, "dafny", AssemblyName),
            Path.Combine(home, "..", "..", "Outrider.Proofs.Dafny", configuration, AssemblyName),
            Path.Combine(home, "..", "..", "Outrider.Proofs.Dafny", "release", AssemblyName),
        ];
        return places.Where(File.Exists).Select(Path.GetFullPath).FirstOrDefault();
    }

    /// <summary>Parses and resolves the files with all they include.</summary>
    /// <exception cref="ToolMissingException">The front end is not there or does not start.</exception>
    /// <exception cref="InvalidDataException">It answered with something else than a program.</exception>
    public static ProgramText Load(IReadOnlyList<string> files)
    {
        var tool = Find() ?? throw new ToolMissingException(
            "the Dafny front end (outrider-dafny.dll) is not beside this program; build the solution, "
            + "or set OUTRIDER_DAFNY_FRONTEND to its path");
        var start = new ProcessStartInfo(DotnetHost.Path)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(tool);
        foreach (var file in files)
        {
            start.ArgumentList.Add(file);
        }

        using var process = Process.Start(start)
            ?? throw new ToolMissingException("the Dafny front end does not start; run 'prove doctor'");
        var errors = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        if (process.ExitCode is not (0 or 1) || output.Length == 0)
        {
            var text = errors.GetAwaiter().GetResult();
            throw new InvalidDataException(
                $"the Dafny front end ended with code {process.ExitCode}: {text.Split('\n')[0]}");
        }

        return ProgramReader.Read(output.ToArray());
    }
}
