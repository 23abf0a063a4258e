using Outrider.Proofs.Syntax;
using Outrider.Proofs.Verify;

namespace Outrider.Proofs.Proving;

/// <summary><c>prove verify</c>: verifies all Dafny text of a directory and what it includes.</summary>
internal static class VerifyCommand
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

        var files = Directory.GetFiles(path, "*.dfy").Order(StringComparer.Ordinal).ToArray();
        if (files.Length == 0)
        {
            throw new UsageException($"'{path}' holds no .dfy file");
        }

        var program = FrontEnd.Load(files);
        if (!program.Ok)
        {
            foreach (var diagnostic in program.Diagnostics)
            {
                line.Error.WriteLine(diagnostic);
            }

            return 1;
        }

        var report = new Verifier(path, options, line.Error).Run(program);
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

    public static VerifyOptions Options(VerbLine line) => new()
    {
        ResourceLimit = line.Number("resource-limit", new VerifyOptions().ResourceLimit, 1000, 4_000_000_000),
        Jobs = (int)line.Number("jobs", 2, 1, 64),
        Seeds = (int)line.Number("seeds", 0, 0, 100),
        SamplePercent = (int)line.Number("sample", 0, 0, 100),
        FromScratch = line.Flag("from-scratch"),
    };
}
