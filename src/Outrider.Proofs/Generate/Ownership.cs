using System.Text;
using Outrider.Proofs.Ir;

namespace Outrider.Proofs.Generate;

/// <summary>
/// A key is owned by one host or on its way in one message, never both. Inductive only as a whole: a new owner must
/// have consumed the message, a new message must have left its owner.
/// </summary>
internal sealed class Ownership(Vocabulary words)
{
    private readonly ProtocolModel model = words.Model;
    private readonly IReadOnlyList<HostKind> owners = words.Model.Hosts.Where(h => h.Owns).ToArray();

    private string Key => words.Printer.Qualified(model.Messages.KeyType!);

    private string Ops => words.OpsOf("dsStep");

    public string Write(string include)
    {
        var text = new StringBuilder();
        text.Append($$"""
            include "{{include}}"

            module OwnershipInvariants {
            {{words.Imports()}}

            """);
        Definitions(text);
        Invariant(text);
        StepLemmas(text);
        Induction(text);
        text.Append("}\n");
        return text.ToString();
    }

    private static string Owns(HostKind h, string v, string idx) =>
        $"{h.Module}.HostOwnsUniqueKey(c.{h.ConstantsField}[{idx}], {v}.Last().{h.SystemField}[{idx}], k)";

    private static string InFlight(HostKind h) =>
        $"({Vocabulary.InRange(h, "msg.Dst()")} && {h.Module}.UniqueKeyInFlightForHost("
        + $"c.{h.ConstantsField}[msg.Dst()], v.Last().{h.SystemField}[msg.Dst()], k, msg))";

    private void Definitions(StringBuilder text)
    {
        text.Append($$"""

              ghost predicate KeyInFlightByMessage(c: Constants, v: Variables, msg: {{words.Message}}, k: {{Key}})
                requires v.WF(c)
              {
                && msg in v.network.sentMsgs
                && (
            {{string.Join("\n", owners.Select(h => "      || " + InFlight(h)))}}
                )
              }

              ghost predicate UniqueKeyInFlight(c: Constants, v: Variables, k: {{Key}})
                requires v.WF(c)
              {
                exists msg :: KeyInFlightByMessage(c, v, msg, k)
              }

            """);
        foreach (var h in owners)
        {
            text.Append($$"""

                  ghost predicate No{{h.Module}}OwnsKey(c: Constants, v: Variables, k: {{Key}})
                    requires v.WF(c)
                  {
                    forall idx | {{Vocabulary.InRange(h, "idx")}} :: !{{Owns(h, "v", "idx")}}
                  }

                  ghost predicate AtMostOneOwnerPerKey{{h.Module}}(c: Constants, v: Variables)
                    requires v.WF(c)
                  {
                    forall k: {{Key}}, i, j
                      | {{Both(h, h, "v")}}
                      :: i == j
                  }

                """);
        }

        text.Append($$"""

              ghost predicate NoHostOwnsKeyMain(c: Constants, v: Variables, k: {{Key}})
                requires v.WF(c)
              {
            {{string.Join("\n", owners.Select(h => $"    && No{h.Module}OwnsKey(c, v, k)"))}}
              }

            """);
        foreach (var h in owners.Where(_ => owners.Count > 1))
        {
            var others = owners.Where(o => o != h).Select(o => $"No{o.Module}OwnsKey(c, v, k)");
            text.Append($$"""

                  // What a {{h.Module}} owns no other kind owns.
                  ghost predicate {{h.Module}}OwnKey(c: Constants, v: Variables)
                    requires v.WF(c)
                  {
                    forall k: {{Key}} | !No{{h.Module}}OwnsKey(c, v, k) :: {{string.Join(" && ", others)}}
                  }

                """);
        }
    }

    private IEnumerable<string> Parts => owners.Select(h => $"AtMostOneOwnerPerKey{h.Module}")
        .Concat(owners.Count > 1 ? owners.Select(h => $"{h.Module}OwnKey") : []);

    private void Invariant(StringBuilder text) => text.Append($$"""

          ghost predicate AtMostOneInFlightMessagePerKey(c: Constants, v: Variables)
            requires v.WF(c)
          {
            forall k, m1, m2 | KeyInFlightByMessage(c, v, m1, k) && KeyInFlightByMessage(c, v, m2, k) :: m1 == m2
          }

          ghost predicate HostOwnsKeyImpliesNotInFlight(c: Constants, v: Variables)
            requires v.WF(c)
          {
            forall k | !NoHostOwnsKeyMain(c, v, k) :: !UniqueKeyInFlight(c, v, k)
          }

          ghost predicate OwnershipInv(c: Constants, v: Variables)
          {
            && v.WF(c)
            && AtMostOneInFlightMessagePerKey(c, v)
            && HostOwnsKeyImpliesNotInFlight(c, v)
        {{string.Join("\n", Parts.Select(p => $"    && {p}(c, v)"))}}
          }

          lemma InitImpliesOwnershipInv(c: Constants, v: Variables)
            requires Init(c, v)
            ensures OwnershipInv(c, v)
          {}

        """);

    private string StepRequires => $"""
            requires v.WF(c) && v'.WF(c)
            requires Next(c, v, v')
            requires {words.SystemStep("dsStep")}
        """;

    private string StepFormals => $"c: Constants, v: Variables, v': Variables, dsStep: Step, k: {Key}";

    private void StepLemmas(StringBuilder text)
    {
        foreach (var h in owners)
        {
            text.Append($$"""

                  lemma NewOwner{{h.Module}}({{StepFormals}}, idx: int)
                {{StepRequires}}
                    requires {{Vocabulary.InRange(h, "idx")}}
                    requires {{Owns(h, "v'", "idx")}}
                    requires !{{Owns(h, "v", "idx")}}
                    ensures {{Ops}}.recv.Some?
                    ensures KeyInFlightByMessage(c, v, {{Ops}}.recv.value, k)
                    ensures !KeyInFlightByMessage(c, v', {{Ops}}.recv.value, k)
                  {
                    VariableNextProperties(c, v, v');
                  }

                """);
        }

        text.Append($$"""

              lemma NewMessage({{StepFormals}}, msg: {{words.Message}})
            {{StepRequires}}
                requires OwnershipInv(c, v)
                requires KeyInFlightByMessage(c, v', msg, k)
                requires !KeyInFlightByMessage(c, v, msg, k)
                ensures {{Ops}}.send.Some?
                ensures msg == {{Ops}}.send.value
                ensures !NoHostOwnsKeyMain(c, v, k)
                ensures NoHostOwnsKeyMain(c, v', k)
              {
                VariableNextProperties(c, v, v');
            {{string.Concat(owners.Select(NoNewOwner))}}  }

            """);
    }

    private string NoNewOwner(HostKind h) => $$"""
            forall idx | {{Vocabulary.InRange(h, "idx")}} && {{Owns(h, "v'", "idx")}}
              ensures {{Owns(h, "v", "idx")}} || KeyInFlightByMessage(c, v, {{Ops}}.recv.value, k)
            {
              if !{{Owns(h, "v", "idx")}} {
                NewOwner{{h.Module}}(c, v, v', dsStep, k, idx);
              }
            }

        """;

    private void Induction(StringBuilder text)
    {
        text.Append($$"""

              lemma OwnershipInvInductive(c: Constants, v: Variables, v': Variables)
                requires OwnershipInv(c, v)
                requires Next(c, v, v')
                ensures OwnershipInv(c, v')
              {
                VariableNextProperties(c, v, v');
                var dsStep :| {{words.SystemStep("dsStep")}};
                forall k, m1, m2 | KeyInFlightByMessage(c, v', m1, k) && KeyInFlightByMessage(c, v', m2, k)
                  ensures m1 == m2
                {
                  if !KeyInFlightByMessage(c, v, m1, k) {
                    NewMessage(c, v, v', dsStep, k, m1);
                    assert KeyInFlightByMessage(c, v, m2, k) ==> UniqueKeyInFlight(c, v, k);
                  }
                  if !KeyInFlightByMessage(c, v, m2, k) {
                    NewMessage(c, v, v', dsStep, k, m2);
                    assert KeyInFlightByMessage(c, v, m1, k) ==> UniqueKeyInFlight(c, v, k);
                  }
                }
                forall k | UniqueKeyInFlight(c, v', k)
                  ensures NoHostOwnsKeyMain(c, v', k)
                {
                  var msg :| KeyInFlightByMessage(c, v', msg, k);
                  if !KeyInFlightByMessage(c, v, msg, k) {
                    NewMessage(c, v, v', dsStep, k, msg);
                  } else {
                    assert UniqueKeyInFlight(c, v, k);
            {{string.Concat(owners.Select(NoneWhileInFlight))}}      }
                }
            {{string.Concat(owners.Select(OneOwner))}}  }

            """);
    }

    private string NewOwner(HostKind h, string idx) => $"NewOwner{h.Module}(c, v, v', dsStep, k, {idx});";

    /// <summary>An owner of a key still on its way would be new, and so have taken it off the network.</summary>
    private string NoneWhileInFlight(HostKind h) => $$"""
                forall idx | {{Vocabulary.InRange(h, "idx")}}
                  ensures !{{Owns(h, "v'", "idx")}}
                {
                  assert No{{h.Module}}OwnsKey(c, v, k);
                  if {{Owns(h, "v'", "idx")}} {
                    {{NewOwner(h, "idx")}}
                  }
                }

        """;

    /// <summary>Two owners, or one beside another kind's: a new one took the key off the network.</summary>
    private string OneOwner(HostKind h)
    {
        var others = owners.Where(o => o != h).ToList();
        var text = $$"""
                forall k: {{Key}}, i, j
                  | {{Both(h, h, "v'")}}
                  ensures i == j
                {
            {{NewOnes(h, h)}}
                }

            """;
        if (others.Count == 0)
        {
            return text;
        }

        var apart = string.Concat(others.Select(o => $$"""
                  forall j | {{Vocabulary.InRange(o, "j")}}
                    ensures !{{Owns(o, "v'", "j")}}
                  {
                    if {{Owns(o, "v'", "j")}} {
            {{NewOnes(h, o)}}
                    }
                  }

            """));
        return text + $$"""
                forall k | !No{{h.Module}}OwnsKey(c, v', k)
                  ensures {{string.Join(" && ", others.Select(o => $"No{o.Module}OwnsKey(c, v', k)"))}}
                {
                  var i :| {{Vocabulary.InRange(h, "i")}} && {{Owns(h, "v'", "i")}};
            {{apart}}    }

            """;
    }

    private static string Both(HostKind a, HostKind b, string v) =>
        $"{Vocabulary.InRange(a, "i")} && {Vocabulary.InRange(b, "j")}"
        + $" && {Owns(a, v, "i")} && {Owns(b, v, "j")}";

    private string NewOnes(HostKind a, HostKind b) => $$"""
              if !{{Owns(a, "v", "i")}} {
                {{NewOwner(a, "i")}}
                assert UniqueKeyInFlight(c, v, k);
              }
              if !{{Owns(b, "v", "j")}} {
                {{NewOwner(b, "j")}}
                assert UniqueKeyInFlight(c, v, k);
              }
              assert {{Owns(a, "v", "i")}} ==> !No{{a.Module}}OwnsKey(c, v, k);
              assert {{Owns(b, "v", "j")}} ==> !No{{b.Module}}OwnsKey(c, v, k);
              assert UniqueKeyInFlight(c, v, k) ==>
                No{{a.Module}}OwnsKey(c, v, k) && No{{b.Module}}OwnsKey(c, v, k);
        """;
}
