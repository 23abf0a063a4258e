using Microsoft.Dafny;

namespace Outrider.Proofs.Dafny;

/// <summary>One finding of the Dafny parser or resolver, one-based line and column.</summary>
internal sealed record Finding(string Severity, string File, int Line, int Column, string Message);

/// <summary>The outcome of parsing and resolving a set of files with stock Dafny.</summary>
internal sealed record LoadedProgram(Microsoft.Dafny.Program? Program, IReadOnlyList<Finding> Findings, bool Ok)
{
    public static async Task<LoadedProgram> LoadAsync(IReadOnlyList<string> paths)
    {
        try
        {
            return await ReadAsync(paths);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The parser opens what is included itself: a link to nowhere, a folder, a file that may not be read.
            return Failed(new Finding("error", (e as FileNotFoundException)?.FileName ?? "", 0, 0, e.Message));
        }
    }

    private static async Task<LoadedProgram> ReadAsync(IReadOnlyList<string> paths)
    {
        // The arguments of the old parser only name options; the files are handed over below.
        var options = DafnyOptions.CreateUsingOldParser(TextWriter.Null, TextReader.Null, []);
        var reporter = new BatchErrorReporter(options);
        var files = new List<DafnyFile>();
        foreach (var path in paths)
        {
            var full = Path.GetFullPath(path);
            if (!File.Exists(full))
            {
                return Failed(new Finding("error", path, 0, 0, "the file does not exist"));
            }

            var file = DafnyFile.HandleDafnyFile(
                OnDiskFileSystem.Instance, reporter, options, new Uri(full), Token.NoToken, false, true);
            if (file != null)
            {
                files.Add(file);
            }
        }

        var (program, error) = await DafnyMain.Parse(files, "protocol", options);
        if (program == null || error != null)
        {
            var seen = Collect(program?.Reporter as BatchErrorReporter ?? reporter);
            return seen.Exists(f => f.Severity == "error")
                ? new LoadedProgram(program, seen, false)
                : Failed(new Finding("error", "", 0, 0, error ?? "the program could not be parsed"));
        }

        DafnyMain.Resolve(program);
        var all = Collect((BatchErrorReporter)program.Reporter);
        return new LoadedProgram(program, all, !program.Reporter.HasErrors);
    }

    private static LoadedProgram Failed(Finding finding) => new(null, [finding], false);

    private static List<Finding> Collect(BatchErrorReporter reporter)
    {
        var findings = new List<Finding>();
        foreach (var m in reporter.AllMessages)
        {
            if (m.Level == ErrorLevel.Info)
            {
                continue;
            }

            var start = m.Range?.StartToken;
            findings.Add(new Finding(
                m.Level == ErrorLevel.Error ? "error" : "warning",
                start == null ? "" : Names.FileOf(start), start?.line ?? 0, start?.col ?? 0, m.Message));
        }

        return findings;
    }
}
