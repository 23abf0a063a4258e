using System.Globalization;
using System.Text.Json;
using Outrider.Proofs.Eval;
using Outrider.Proofs.Explain;
using Outrider.Proofs.Explore;

namespace Outrider.Proofs.Proving;

/// <summary>
/// Tells a false claim from a missing proof: what a short search refutes need not be proved, and what it does not
/// refute is open.
/// </summary>
internal static class Refutation
{
    private const int MaxSeconds = 15;
    private const int MaxStates = 40_000;

    /// <summary>What was found, or null when the protocol cannot be executed.</summary>
    public static Findings? Search(string path, TextWriter error)
    {
        try
        {
            var protocol = ProtocolLoader.Load(path, new Limits(), false);
            var options = new ExploreOptions { MaxSeconds = MaxSeconds, MaxStates = MaxStates };
            return new Explorer(protocol, options).Run();
        }
        catch (Exception e) when (e is NotExecutable or ProtocolException or UnreadableException or UsageException)
        {
            error.WriteLine($"not explored: {e.Message}");
            return null;
        }
    }

    public static void Write(VerbLine line, string path, Violation found, bool json)
    {
        if (json)
        {
            line.Out.WriteLine(JsonSerializer.Serialize(new
            {
                verdict = "refuted",
                predicate = found.Predicate,
                detail = found.Detail,
                sizes = found.Sizes,
                steps = found.Run.Steps.Select(s => s.ToString()),
            }));
            return;
        }

        var detail = found.Detail == null ? "" : $" ({found.Detail})";
        line.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"refuted: {found.Predicate} fails after {found.Run.Length} steps with {found.Sizes}{detail}"));
        line.Out.Write(RunText.Of(found.Run));
        line.Out.WriteLine($"next: prove explore {path} --svg FILE");
    }
}
