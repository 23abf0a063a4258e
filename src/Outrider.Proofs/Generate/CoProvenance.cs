using System.Text;
using Outrider.Proofs.Ir;

namespace Outrider.Proofs.Generate;

/// <summary>
/// What the published invariants leave open, for proofs that ask for it. The last change of a host: since then its
/// state has stayed. From it, for each atom and for pairs of atoms that share a writer, the step since which the
/// witness has held: this rules out steps that reset one atom while the other keeps its value.
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
            new LastChange(words, host).Write(text);
            var atoms = Atom.Of(host);
            foreach (var atom in atoms)
            {
                var condition = words.StemOf(atom) + "WitnessCondition";
                var formals = WitnessText.Of(words, atom.Fields).Formals;
                new SkolemLemma(words, host, atom.Writers, host.Module + Name(atom, atoms), condition, formals, true)
                    .Write(text, atom.NamesMessage);
            }

            foreach (var (a, b) in Pairs(atoms))
            {
                WritePair(text, host, a, b, $"{host.Module}{Name(a, atoms)}And{Name(b, atoms)}");
            }
        }

        Conjunction(text);
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

    /// <summary>By its fields; a field that other atoms have a part of is named to the last part.</summary>
    private static string Name(Atom atom, IReadOnlyList<Atom> atoms)
    {
        var whole = atoms.Where(a => a != atom).SelectMany(a => a.Fields)
            .All(f => atom.Fields.All(own => own.Path[0] != f.Path[0]));
        return string.Concat(
            atom.Fields.Select(f => string.Concat((whole ? f.Path.Take(1) : f.Path).Select(Capital))).Distinct());
    }

    private static string Capital(string name) =>
        name.EndsWith('?') ? "Is" + name[..^1] : char.ToUpperInvariant(name[0]) + name[1..];

    private void WritePair(StringBuilder text, HostKind host, Atom a, Atom b, string stem)
    {
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
        new SkolemLemma(words, host, writers, stem, condition, formals, true).Write(text, false);
    }

    private void Conjunction(StringBuilder text)
    {
        var kinds = words.Model.Hosts.Select(h => h.Module).ToList();
        text.Append($$"""

              ghost predicate CoProvenanceInv(c: Constants, v: Variables)
                requires v.WF(c)
              {
            {{string.Join("\n", kinds.Select(k => $"    && {k}LastChangeValidity(c, v)"))}}
              }

              lemma InitImpliesCoProvenanceInv(c: Constants, v: Variables)
                requires Init(c, v)
                ensures CoProvenanceInv(c, v)
              {
            {{string.Join("\n", kinds.Select(k => $"    reveal_{k}LastChangeValidity();"))}}
              }

              lemma CoProvenanceInvInductive(c: Constants, v: Variables, v': Variables)
                requires v.WF(c) && v'.WF(c)
                requires CoProvenanceInv(c, v)
                requires Next(c, v, v')
                ensures CoProvenanceInv(c, v')
              {
            {{string.Join("\n", kinds.Select(k => $"    InvNext{k}LastChangeValidity(c, v, v');"))}}
              }

            """);
    }

    private static string List(IEnumerable<string> items) => string.Concat(items.Select(i => ", " + i));
}
