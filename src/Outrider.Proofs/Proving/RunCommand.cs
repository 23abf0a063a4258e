using Outrider.Proofs.Chase;
using Outrider.Proofs.Explore;
using Outrider.Proofs.Generate;
using Outrider.Proofs.Syntax;
using Outrider.Proofs.Verify;

namespace Outrider.Proofs.Proving;

/// <summary>
/// <c>prove run</c>: generates, verifies everything, attempts the safety proof where none is written. A proof written
/// by hand (applicationProofDemo.dfy) comes first, then the text of an earlier attempt, then a new attempt.
/// </summary>
internal static class RunCommand
{
    public static int Run(VerbLine line)
    {
        var options = VerifyCommand.Options(line);
        var json = line.Flag("json");
        var again = line.Flag("chase");
        if (Open(line, line.Word("directory"), json) is not { } work)
        {
            return 1;
        }

        var written = again ? null : work.Directory.UserProofFile;
        var byHand = written != null;
        var profile = written != null ? Asked(work, written) : Profile.Compat;
        foreach (var file in Generator.Invariants(work.Model, work.Spec, profile))
        {
            work.Write(file);
        }

        var proof = written ?? Generator.ProofFile;
        var chased = !byHand && (again || !work.Directory.Has(Generator.ProofFile));
        Findings? findings = null;
        if (chased && !Chase(line, work, options, json, ref findings))
        {
            return 1;
        }

        var (program, report) = Verify(line, work, options, proof);
        if (report == null && (byHand || Edited(work)))
        {
            throw new UnreadableException(program.Diagnostics.Where(d => d.Severity == Severity.Error).ToList());
        }

        if (!byHand && !chased && !Edited(work) && (report == null || ProofIsOpen(report)))
        {
            // The protocol has changed since the proof was found: look for another.
            if (!Chase(line, work, options, json, ref findings))
            {
                return 1;
            }

            (program, report) = Verify(line, work, options, proof);
        }

        if (report == null)
        {
            throw new InvalidDataException(
                $"the generated {proof} does not resolve; this is a defect of 'prove', please report the protocol");
        }

        if (!report.Proved && report.Failure == null)
        {
            findings ??= Refutation.Search(work.Directory.Path, line.Error);
            if (findings?.Violation is { } found)
            {
                Refutation.Write(line, work.Directory.Path, found, json);
                return 1;
            }
        }

        Report(line, work, program, report, json, byHand, proof);
        if (!report.Proved && findings != null && !json)
        {
            line.Out.WriteLine(
                $"no counterexample in {findings.States} states and {findings.RandomSteps} random steps: "
                + "what is missing may be the proof alone");
        }

        return report.Proved ? 0 : 1;
    }

    /// <summary>
    /// The protocol, or null when a run refutes one for which no invariants can be generated: that it is wrong says
    /// more than which convention it breaks.
    /// </summary>
    private static Workspace? Open(VerbLine line, string path, bool json)
    {
        try
        {
            return Workspace.Open(line, path, null, false);
        }
        catch (UnreadableException e)
        {
            var home = ProtocolDirectory.Open(path).Path;
            if (Refutation.Search(home, TextWriter.Null)?.Violation is not { } found)
            {
                throw;
            }

            foreach (var error in e.Errors)
            {
                line.Error.WriteLine(error);
            }

            Refutation.Write(line, home, found, json);
            return null;
        }
    }

    /// <summary>What a proof written by hand includes of the invariants is what it gets.</summary>
    private static Profile Asked(Workspace work, string proof) =>
        File.ReadAllText(work.Directory.PathOf(proof))
            .Contains(Generator.CoProvenanceFile, StringComparison.Ordinal)
            ? Profile.Readable
            : Profile.Compat;

    private static bool ProofIsOpen(VerifyReport report) => report.Failure == null
        && report.Open.Any() && report.Open.All(o => o.File == Generator.ProofFile);

    /// <summary>A text with a hole belongs to whoever fills it: it is never written over unasked.</summary>
    private static bool Edited(Workspace work) =>
        File.ReadAllText(work.Directory.PathOf(Generator.ProofFile))
            .Contains("lemma " + ProofAssembly.HolePrefix, StringComparison.Ordinal);

    /// <summary>Looks for a proof, or answers false when a run refutes the claim first.</summary>
    private static bool Chase(
        VerbLine line, Workspace work, VerifyOptions options, bool json, ref Findings? findings)
    {
        findings ??= Refutation.Search(work.Directory.Path, line.Error);
        if (findings?.Violation is { } found)
        {
            Refutation.Write(line, work.Directory.Path, found, json);
            return false;
        }

        var proofs = new Chaser(work.Model, work.Output, work.Spec, options, line.Error).Run();
        work.Write(ProofAssembly.Write(work.Model, work.Spec, proofs));
        return true;
    }

    private static (ProgramText Program, VerifyReport? Report) Verify(
        VerbLine line, Workspace work, VerifyOptions options, string proof)
    {
        var program = FrontEnd.Load(
            work.Directory.Sources.Append(work.Directory.PathOf(proof)).ToArray());
        return (program, program.Ok ? new Verifier(work.Directory.Path, options, line.Error).Run(program) : null);
    }

    private static void Report(
        VerbLine line, Workspace work, ProgramText program, VerifyReport report, bool json, bool byHand, string proof)
    {
        var text = File.ReadAllText(work.Directory.PathOf(proof));
        var handLines = byHand ? ProofLines.Count(text) : 0;
        var invariants = byHand ? HandWritten.Invariants(program, work.Directory.PathOf(proof)) : 0;
        var trusted = TrustedBase.Of(work.Model.Program, work.Directory.Path);
        if (json)
        {
            ReportJson.Write(line.Out, report, w =>
            {
                w.WriteNumber("handWrittenInvariantCount", invariants);
                w.WriteNumber("handWrittenProofLineCount", handLines);
                w.WriteString("proofFile", proof);
                w.WriteStartArray("trusted");
                foreach (var t in trusted)
                {
                    w.WriteStringValue(t);
                }

                w.WriteEndArray();
            });
            return;
        }

        ReportText.Write(line.Out, report);
        foreach (var t in trusted)
        {
            line.Out.WriteLine("taken on trust: " + t);
        }

        line.Out.WriteLine(report.Proved
            ? $"proved: {Path.GetFileName(Path.GetFullPath(work.Directory.Path))} is safe, "
                + $"with {invariants} invariants and {handLines} lines of proof written by hand ({proof})"
            : $"not proved; the open text is {work.Directory.PathOf(proof)}; "
                + $"next: prove explore {work.Directory.Path}");
    }
}
