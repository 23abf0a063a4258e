using System.Text;
using Outrider.Proofs.Ir;

namespace Outrider.Proofs.Generate;

/// <summary>Each annotated field's later values follow its earlier ones.</summary>
internal sealed class Monotonicity(Vocabulary words)
{
    private readonly ProtocolModel model = words.Model;

    public string Write(string include)
    {
        var fields = model.Hosts.SelectMany(h => h.Fields.Where(f => f.Monotonic).Select(f => (Host: h, Field: f)))
            .ToList();
        var names = fields.Select(f => NameOf(f.Host, f.Field)).ToList();
        var text = new StringBuilder();
        text.Append($$"""
            include "{{include}}"

            module MonotonicityInvariants {
            {{words.Imports()}}

            """);
        foreach (var (host, field) in fields)
        {
            WriteField(text, host, field);
        }

        text.Append($$"""

              ghost predicate MonotonicityInv(c: Constants, v: Variables)
              {
                && v.WF(c)
            {{string.Concat(names.Select(n => $"    && {n}(c, v)\n"))}}  }

              lemma InitImpliesMonotonicityInv(c: Constants, v: Variables)
                requires Init(c, v)
                ensures MonotonicityInv(c, v)
              {}

              lemma MonotonicityInvInductive(c: Constants, v: Variables, v': Variables)
                requires MonotonicityInv(c, v)
                requires Next(c, v, v')
                ensures MonotonicityInv(c, v')
              {
            {{string.Concat(names.Select(n => $"    InvNext{n}(c, v, v');\n"))}}  }
            }

            """);
        return text.ToString();
    }

    internal static string NameOf(HostKind host, Field field) =>
        host.Module + string.Concat(field.Path.Select(p => char.ToUpperInvariant(p[0]) + p[1..])) + "Monotonic";

    private void WriteField(StringBuilder text, HostKind host, Field field)
    {
        var name = NameOf(host, field);
        string Follows(string v, string j, string i) =>
            $"{Vocabulary.State(host, v, j, "idx")}.{field.Name}"
            + $".SatisfiesMonotonic({Vocabulary.State(host, v, i, "idx")}.{field.Name})";
        text.Append($$"""

              ghost predicate {{name}}(c: Constants, v: Variables)
                requires v.WF(c)
              {
                forall idx, i, j
                  | {{Vocabulary.InRange(host, "idx")}} && v.ValidHistoryIdx(i) && v.ValidHistoryIdx(j) && i <= j
                  :: {{Follows("v", "j", "i")}}
              }

              lemma InvNext{{name}}(c: Constants, v: Variables, v': Variables)
                requires v.WF(c) && v'.WF(c)
                requires {{name}}(c, v)
                requires Next(c, v, v')
                ensures {{name}}(c, v')
              {
                VariableNextProperties(c, v, v');
                forall idx, i, j
                  | {{Vocabulary.InRange(host, "idx")}} && v'.ValidHistoryIdx(i) && v'.ValidHistoryIdx(j) && i <= j
                  ensures {{Follows("v'", "j", "i")}}
                {
                  var last := |v.history| - 1;
                  if j == last + 1 && i <= last {
                    assert {{Follows("v", "last", "i")}};
                    var dsStep :| {{words.SystemStep("dsStep")}};
                  }
                }
              }

            """);
    }
}
