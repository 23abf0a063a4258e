using System.Text;
using Outrider.Proofs.Ir;

namespace Outrider.Proofs.Generate;

/// <summary>
/// Pairs of atoms that share a writer: the step at which both witnesses first hold together was taken by a writer of
/// one of them. This rules out steps that reset one atom while the other keeps its value.
/// </summary>
internal sealed class CoProvenance(Vocabulary words)
{
    public string Write(string include)
    {
        var text = new StringBuilder();
        text.Append($$"""
            include "{{include}}"
            include "messageInvariantsAutogen.dfy"

            module CoProvenanceInvariants {
            {{words.Imports()}}
              import opened MessageInvariants

            """);
        foreach (var host in words.Model.Hosts)
        {
            foreach (var (a, b) in Pairs(Atom.Of(host)))
            {
                WritePair(text, host, a, b);
            }
        }

        text.Append("}\n");
        return text.ToString();
    }

    private static IEnumerable<(Atom A, Atom B)> Pairs(IReadOnlyList<Atom> atoms)
    {
        for (var i = 0; i < atoms.Count; i++)
        {
            for (var j = i + 1; j < atoms.Count; j++)
            {
                if (atoms[i].Writers.Intersect(atoms[j].Writers).Any())
                {
                    yield return (atoms[i], atoms[j]);
                }
            }
        }
    }

    private void WritePair(StringBuilder text, HostKind host, Atom a, Atom b)
    {
        var stem = $"{words.StemOf(a)}And{words.StemOf(b)}";
        var condition = stem + "WitnessCondition";
        var first = WitnessText.Of(words, a.Fields).Formals;
        var second = WitnessText.Of(words, b.Fields).Formals;
        var left = first.Select((f, i) => (Name: $"a{i + 1}", f.Type)).ToList();
        var right = second.Select((f, i) => (Name: $"b{i + 1}", f.Type)).ToList();
        var formals = left.Concat(right).ToList();
        text.Append($$"""

              ghost predicate {{condition}}(
                c: Constants, v: Variables, i: nat, idx: int{{List(formals.Select(f => $"{f.Name}: {f.Type}"))}})
                requires v.WF(c)
                requires v.ValidHistoryIdx(i)
                requires {{Vocabulary.InRange(host, "idx")}}
              {
                && {{words.StemOf(a)}}WitnessCondition(c, v, i, idx{{List(left.Select(f => f.Name))}})
                && {{words.StemOf(b)}}WitnessCondition(c, v, i, idx{{List(right.Select(f => f.Name))}})
              }

            """);
        var writers = host.Transitions.Where(t => a.Writers.Contains(t) || b.Writers.Contains(t)).ToArray();
        new SkolemLemma(words, host, writers, stem, condition, formals).Write(text, false);
    }

    private static string List(IEnumerable<string> items) => string.Concat(items.Select(i => ", " + i));
}
