using Outrider.Proofs.Generate;
using Outrider.Proofs.Ir;

namespace Outrider.Proofs.Chase;

/// <summary>Puts the goals' proofs into one file: editable text, with a named hole for every goal left open.</summary>
internal static class ProofAssembly
{
    /// <summary>Lemmas so named are for a person to finish.</summary>
    public const string HolePrefix = "Hole";

    public static GeneratedFile Write(ProtocolModel model, string spec, IReadOnlyList<GoalProof> proofs)
    {
        var parts = new List<string>();
        var body = "";
        foreach (var proof in proofs)
        {
            if (proof.Proved && proof.Body.Count == 0)
            {
                continue;
            }

            var name = (proof.Proved ? "Prove" : HolePrefix) + proof.Goal.Name;
            body += $"    {name}(c, v);\n";
            parts.Add((proof.Proved ? "" : Hint(proof)) + LemmaText.Write(name, proof.Goal, proof.Body));
        }

        var text = string.Concat(parts);
        if (text.Contains(Library.FullSet, StringComparison.Ordinal)
            || text.Contains(Library.Quorum, StringComparison.Ordinal))
        {
            parts.Add(Library.Text);
        }

        parts.AddRange(FieldCause.Named(new Vocabulary(model), parts).ToList());
        return Generator.Proof(model, spec, body, parts);
    }

    private static string Hint(GoalProof proof) =>
        $"  // Open: the causes named below do not yet imply {proof.Goal.Name}. Say what is missing inside the\n"
        + "  // innermost block, or add a lemma; 'prove run' then verifies this text instead of writing it anew.\n";
}
