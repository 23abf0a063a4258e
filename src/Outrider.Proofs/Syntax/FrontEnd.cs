using System.Collections.Concurrent;

namespace Outrider.Proofs.Syntax;

/// <summary>Runs the Dafny front end, processes of their own so that Dafny's assemblies stay out of this one.</summary>
public static class FrontEnd
{
    private const string AssemblyName = "outrider-dafny.dll";

    /// <summary>Started and without a question: each has Dafny's code compiled already.</summary>
    private static readonly ConcurrentBag<FrontEndProcess> Idle = [];

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
        // Not given back after a failure: what is in its pipes then belongs to no question.
        var process = Idle.TryTake(out var idle) ? idle : new FrontEndProcess(tool);
        var text = process.Ask(files);
        Idle.Add(process);
        return ProgramReader.Read(text);
    }
}
