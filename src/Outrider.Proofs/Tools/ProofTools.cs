using System.Diagnostics;

namespace Outrider.Proofs.Tools;

/// <summary>A tool as found: where, of which version, and how the search came to it.</summary>
public sealed record FoundTool(string Name, string Path, string Version);

/// <summary>Finds Dafny and Z3: by environment, in <c>.tools</c>, on the PATH, in NuGet's folder.</summary>
public static class ProofTools
{
    public const string DafnyVersion = "4.11.0";
    public const string Z3Version = "4.8.12";

    /// <summary>The folder for fetched tools: beside the solution, else in the current directory.</summary>
    public static string Folder
    {
        get
        {
            for (var d = new DirectoryInfo(Environment.CurrentDirectory); d != null; d = d.Parent)
            {
                if (Directory.Exists(Path.Combine(d.FullName, ".tools"))
                    || d.GetFiles("*.slnx").Length > 0)
                {
                    return Path.Combine(d.FullName, ".tools");
                }
            }

            return Path.Combine(Environment.CurrentDirectory, ".tools");
        }
    }

    /// <summary>Dafny's assembly; run it with <see cref="DotnetHost"/>.</summary>
    public static FoundTool? Dafny()
    {
        var places = new List<string>();
        if (Environment.GetEnvironmentVariable("OUTRIDER_DAFNY") is { Length: > 0 } set)
        {
            places.Add(set);
        }
        else
        {
            var inside = Path.Combine("dafny", DafnyVersion, "tools", "net8.0", "any", "Dafny.dll");
            places.Add(Path.Combine(Folder, "dafny", ".store", "dafny", DafnyVersion, inside));
            places.Add(Path.Combine(NuGetFolder(), inside));
        }

        return places.Where(File.Exists).Select(p => new FoundTool("dafny", p, DafnyVersion)).FirstOrDefault();
    }

    public static FoundTool? Z3()
    {
        var places = new List<string>();
        if (Environment.GetEnvironmentVariable("OUTRIDER_Z3") is { Length: > 0 } set)
        {
            places.Add(set);
        }
        else
        {
            places.Add(Path.Combine(Folder, "z3", "z3"));
            places.AddRange((Environment.GetEnvironmentVariable("PATH") ?? "")
                .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                .Select(d => Path.Combine(d, "z3")));
        }

        foreach (var place in places.Where(File.Exists))
        {
            if (Z3VersionOf(place) is { } version)
            {
                return new FoundTool("z3", place, version);
            }
        }

        return null;
    }

    /// <exception cref="ToolMissingException">One of the two is absent.</exception>
    public static (FoundTool Dafny, FoundTool Z3) Require()
    {
        var dafny = Dafny() ?? throw Missing($"Dafny {DafnyVersion}", "OUTRIDER_DAFNY");
        var z3 = Z3() ?? throw Missing($"Z3 (version {Z3Version})", "OUTRIDER_Z3");
        return (dafny, z3);
    }

    /// <summary>What is wrong with a named place; null if none is named. Nothing else is looked for then.</summary>
    public static string? ProblemOf(string variable) => Environment.GetEnvironmentVariable(variable) switch
    {
        null or "" => null,
        var set when !File.Exists(set) => $"{variable} names '{set}', where there is no file; correct it or unset it",
        var set => $"{variable} names '{set}', which does not answer as it should; correct it or unset it",
    };

    private static ToolMissingException Missing(string what, string variable) => new(
        ProblemOf(variable) is { } problem
            ? $"{what} is not found: {problem}; 'prove doctor' tells what is found"
            : $"{what} is not found; 'prove doctor --fetch' puts it into {Folder}, no administrator rights needed");

    private static string NuGetFolder() =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set
            ? set
            : Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static string? Z3VersionOf(string path)
    {
        try
        {
            var start = new ProcessStartInfo(path, "--version") { RedirectStandardOutput = true };
            using var process = Process.Start(start);
            var text = process?.StandardOutput.ReadToEnd() ?? "";
            process?.WaitForExit();
            var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return words.Length > 2 && words[0] == "Z3" ? words[2] : null;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
        {
            return null;
        }
    }
}
