using Outrider.Proofs.Generate;
using Outrider.Proofs.Syntax;
using Outrider.Proofs.Verify;

namespace Outrider.Proofs.Proving;

/// <summary><c>prove run</c>: generates, verifies everything, attempts the safety proof where none is written.</summary>
internal static class RunCommand
{
    public static int Run(VerbLine line)
    {
        var options = VerifyCommand.Options(line);
        var json = line.Flag("json");
        var work = Workspace.Open(line, line.Word("directory"), null, false);
        if (work == null)
        {
            return 1;
        }

        foreach (var file in Generator.Invariants(work.Model, work.Spec))
        {
            work.Write(file);
        }

        work.Write(Generator.Proof(work.Model, work.Spec, "", []));
        var program = FrontEnd.Load([work.Directory.PathOf(Generator.ProofFile)]);
        var report = new Verifier(work.Directory.Path, options, line.Error).Run(program);
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
}
