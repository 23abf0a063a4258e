using System.Globalization;
using Outrider.Proofs.Verify;

namespace Outrider.Proofs.Proving;

/// <summary>A verification report for people.</summary>
internal static class ReportText
{
    public static void Write(TextWriter to, VerifyReport report)
    {
        foreach (var error in report.Errors)
        {
            to.WriteLine(error);
        }

        foreach (var open in report.Open)
        {
            to.WriteLine($"open: {open.File}: {open.Symbol}: {Describe(open.Outcome)}");
        }

        foreach (var b in report.Brittle)
        {
            to.WriteLine(
                $"brittle: {b.File}: {b.Symbol}: {(b.Fails ? "fails with some seed" : "needs from")} "
                + (b.Fails ? "" : $"{b.LeastResourceCount} to {b.MostResourceCount} by seed"));
        }

        if (report.Failure != null)
        {
            to.WriteLine($"the verifier itself failed: {report.Failure}; see 'prove doctor'");
        }

        var proved = report.Obligations.Count - report.Open.Count();
        to.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{proved} of {report.Obligations.Count} declarations proved, {report.CachedCount} of them from the cache, "
            + $"{report.CpuMs / 1000.0:F1} s of processor time"));
    }

    private static string Describe(ObligationOutcome outcome) => outcome switch
    {
        ObligationOutcome.OutOfResource => "the resource limit was hit; raise it with --resource-limit N",
        ObligationOutcome.Crashed => "no result, the verifier ended before it",
        _ => "could not be proved",
    };
}
