using System.Globalization;
using System.Text;
using Outrider.Proofs.Eval;
using Outrider.Proofs.Explore;

namespace Outrider.Proofs.Explain;

/// <summary>Runs and chains as text: one line a step, with what the step changed.</summary>
public static class RunText
{
    public static string Of(Run run)
    {
        var text = new StringBuilder();
        for (var k = 1; k <= run.Length; k++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{k,4}  {run.Steps[k - 1]}");
            foreach (var change in Changes(run, k))
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"        {change}");
            }
        }

        return text.ToString();
    }

    public static string Of(CausalChain chain)
    {
        if (!chain.Holds)
        {
            return $"{chain.Fact} does not hold at the end of the run ({chain.Run.Length} steps).{Environment.NewLine}";
        }

        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{chain.Fact}, because:");
        foreach (var cause in chain.Causes.Reverse())
        {
            var to = cause.For == null ? "" : $" (for step {cause.For})";
            text.AppendLine(CultureInfo.InvariantCulture, $"{cause.Step,4}  {chain.Run.Steps[cause.Step - 1]}");
            text.AppendLine(CultureInfo.InvariantCulture, $"        so that {cause.Because}{to}");
        }

        var rest = chain.Run.Length - chain.Causes.Count;
        if (rest > 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{rest} other step{(rest == 1 ? "" : "s")} did not matter.");
        }

        return text.ToString();
    }

    /// <summary>What a step (one-based) changed in its host, as <c>field: old -> new</c>.</summary>
    public static IEnumerable<string> Changes(Run run, int step)
    {
        var label = run.Steps[step - 1];
        if (run.States[step - 1].Host(label.Group, label.Actor) is not CtorValue was
            || run.States[step].Host(label.Group, label.Actor) is not CtorValue now)
        {
            yield break;
        }

        if (was.Shape.Name != now.Shape.Name)
        {
            yield return $"{was} -> {now}";
            yield break;
        }

        foreach (var field in now.Shape.Fields)
        {
            var (a, b) = (was.Field(field), now.Field(field));
            if (a != null && b != null && !a.Equals(b))
            {
                yield return $"{field}: {a} -> {b}";
            }
        }
    }
}
