using System.Text;
using Outrider.Proofs.Ir;

namespace Outrider.Proofs.Generate;

/// <summary>
/// Fine provenance of one set of an atom that has more fields. The published witness of such an atom asks for an
/// element of each set at once: it says nothing of a step that fills one set or another. Proofs that need it carry the
/// lemma.
/// </summary>
internal static class FieldCause
{
    /// <summary>The atom cut down to one of its sets.</summary>
    public static Atom Of(Atom atom, Field field) => atom with { Fields = [field], IsPart = true };

    /// <summary>The texts that define those of which the given ones speak.</summary>
    public static IEnumerable<string> Named(Vocabulary words, IReadOnlyList<string> texts) => All(words)
        .Where(cause => texts.Any(t => t.Contains(cause.Stem + "WitnessCondition", StringComparison.Ordinal)))
        .Select(cause => cause.Text);

    private static IEnumerable<(string Stem, string Text)> All(Vocabulary words)
    {
        foreach (var atom in words.Model.Hosts.SelectMany(Atom.Of).Where(a => a.Fields.Count > 1))
        {
            foreach (var field in atom.Fields.Where(f => IsSet(words, f)))
            {
                var part = Of(atom, field);
                yield return (words.StemOf(part), Write(words, part));
            }
        }
    }

    private static bool IsSet(Vocabulary words, Field field)
    {
        var witness = Witness.Of(words.Model.Program, field.Type);
        return (witness is InnerWitness inner ? inner.Rest : witness) is ElementWitness;
    }

    private static string Write(Vocabulary words, Atom part)
    {
        var text = new StringBuilder();
        var stem = words.StemOf(part);
        var witness = WitnessText.Of(words, part.Fields);
        HostProvenance.WriteWitness(text, part, stem, witness);
        new SkolemLemma(words, part.Host, part.Writers, stem, stem + "WitnessCondition", witness.Formals)
            .Write(text, part.NamesMessage);
        return text.ToString();
    }
}
