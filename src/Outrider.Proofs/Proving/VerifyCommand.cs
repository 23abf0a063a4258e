using System.Text.RegularExpressions;
using Outrider.Proofs.Syntax;
using Outrider.Proofs.Verify;

namespace Outrider.Proofs.Proving;

/// <summary><c>prove verify</c>: verifies all Dafny text of a directory and what it includes.</summary>
internal static partial class VerifyCommand
{
    public static int Run(VerbLine line)
    {
        var options = Options(line);
        var json = line.Flag("json");
        var path = line.Word("directory");
        if (!Directory.Exists(path))
        {
            throw new UsageException($"there is no directory '{path}'");
        }

        path = Home(path);
        var files = Directory.GetFiles(path, "*.dfy").Order(StringComparer.Ordinal).ToArray();
        if (files.Length == 0)
        {
            throw new UsageException($"'{path}' holds no .dfy file");
        }

        CheckConventions(path, line.Error);
        var programs = Programs(files);
        if (programs.Find(p => !p.Program.Ok) is { Program: { } broken })
        {
            UnreadableException.Demand(broken);
        }


        var report = Verify(path, options, programs, line.Error);
        if (json)
        {
            ReportJson.Write(line.Out, report, null);
        }
        else
        {
            ReportText.Write(line.Out, report);
        }

        return report.Proved ? 0 : 1;
    }

    /// <summary>A directory above a protocol stands for the protocol, as it does for the other verbs.</summary>
    private static string Home(string path)
    {
        var below = Directory.GetFiles(path, ProtocolDirectory.SystemFile, SearchOption.AllDirectories);
        return below.Length == 1 ? Path.GetDirectoryName(below[0])! : path;
    }

    /// <summary>A protocol is one only by its conventions; what is no protocol has none to keep.</summary>
    private static void CheckConventions(string path, TextWriter told)
    {
        var directory = new ProtocolDirectory(path);
        if (!directory.Has(ProtocolDirectory.SpecFile))
        {
            return;
        }

        if (directory.Has(ProtocolDirectory.SystemFile))
        {
            ProtocolReader.Model(ProtocolReader.Resolve(directory, told), told);
        }
        else if (directory.Has(ProtocolDirectory.HostsFile))
        {
            ProtocolReader.Model(
                UnreadableException.Demand(FrontEnd.Load([directory.PathOf(ProtocolDirectory.HostsFile)])), told);
            directory.DemandSystem();
        }
    }

    /// <summary>
    /// All files as one program. When they cannot stand together, as two proofs with modules of one name, each file
    /// that no other includes is a program with what it includes.
    /// </summary>
    private static List<(string Root, ProgramText Program)> Programs(string[] files)
    {
        var all = FrontEnd.Load(files);
        var included = files.SelectMany(Includes).ToHashSet(StringComparer.Ordinal);
        var roots = files.Where(f => !included.Contains(Path.GetFullPath(f))).ToArray();
        if (all.Ok || roots.Length < 2)
        {
            return [("", all)];
        }

        var alone = roots.Select(r => (Path.GetFileNameWithoutExtension(r), FrontEnd.Load([r]))).ToList();
        return alone.TrueForAll(p => p.Item2.Ok) ? alone : [("", all)];
    }

    private static IEnumerable<string> Includes(string file) => File.ReadLines(file)
        .Select(l => Include().Match(l)).Where(m => m.Success)
        .Select(m => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, m.Groups[1].Value)));

    private static VerifyReport Verify(
        string path, VerifyOptions options, List<(string Root, ProgramText Program)> programs, TextWriter progress)
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        VerifyReport? sum = null;
        foreach (var (root, program) in programs)
        {
            var name = sum == null ? "verdict.json" : $"verdict-{root}.json";
            var verifier = new Verifier(path, options, progress) { CachePath = Path.Combine(path, name), Done = done };
            var report = verifier.Run(program);
            done.UnionWith(report.Obligations.Select(o => o.File));
            sum = sum == null ? report : new VerifyReport(
                [.. sum.Obligations, .. report.Obligations], [.. sum.Errors, .. report.Errors],
                [.. sum.Brittle, .. report.Brittle], sum.Failure ?? report.Failure, sum.CpuMs + report.CpuMs);
        }

        return sum!;
    }

    [GeneratedRegex("^\\s*include\\s+\"([^\"]+)\"")]
    private static partial Regex Include();

    public static VerifyOptions Options(VerbLine line) => new()
    {
        ResourceLimit = line.Number("resource-limit", new VerifyOptions().ResourceLimit, 1000, 4_000_000_000),
        Jobs = (int)line.Number("jobs", 2, 1, 64),
        Seeds = (int)line.Number("seeds", 0, 0, 100),
        SamplePercent = (int)line.Number("sample", 0, 0, 100),
        FromScratch = line.Flag("from-scratch"),
    };
}
