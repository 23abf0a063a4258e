using System.Text;
using Outrider.Proofs.Ir;

namespace Outrider.Proofs.Generate;

/// <summary>
/// Host provenance. Coarse: a host that is not in its initial state got there by a step. Fine: an atom's value was put
/// there by one of the atom's writers.
/// </summary>
internal sealed class HostProvenance(Vocabulary words)
{
    public void Coarse(StringBuilder text, HostKind host)
    {
        var k = host.Module;
        var step = Vocabulary.NextStep(
    host, Vocabulary.Constants(host, "idx"), Vocabulary.State(host, "v", "j", "idx"),
    Vocabulary.State(host, "v", "j + 1", "idx"), "step", "msgOps");
        var range = Vocabulary.InRange(host, "idx");
        var start = Vocabulary.State(host, "v", "0", "idx");
        var now = Vocabulary.State(host, "v", "i", "idx");
        var outs = $"j: nat, step: {host.StepType}, msgOps: {words.Ops}";
        text.Append($$"""

              // A {{k}} that has left its initial state did so by a step, and received only what was sent.
              ghost predicate {:opaque} {{k}}ReceiveValidity(c: Constants, v: Variables)
                requires v.WF(c)
              {
                forall idx: int, i: nat
                  | {{range}} && v.ValidHistoryIdx(i) && {{now}} != {{start}}
                  :: {{k}}ReceiveValidityPost(c, v, i, idx)
              }

              ghost predicate {:opaque} {{k}}ReceiveValidityPost(c: Constants, v: Variables, i: nat, idx: int)
                requires v.WF(c)
                requires v.ValidHistoryIdx(i)
                requires {{Vocabulary.InRange(host, "idx")}}
              {
                exists {{outs}} :: {{k}}CausedBy(c, v, i, idx, j, step, msgOps)
              }

              ghost predicate {{k}}CausedBy(c: Constants, v: Variables, i: nat, idx: int, {{outs}})
                requires v.WF(c)
                requires v.ValidHistoryIdx(i)
                requires {{Vocabulary.InRange(host, "idx")}}
              {
                && j < i
                && v.ValidHistoryIdxStrict(j)
                && {{Vocabulary.State(host, "v", "j", "idx")}} != {{Vocabulary.State(host, "v", "j + 1", "idx")}}
                && {{Vocabulary.State(host, "v", "j + 1", "idx")}} == {{Vocabulary.State(host, "v", "i", "idx")}}
                && {{step}}
                && (msgOps.recv.Some? ==> ExistingMessage(v, msgOps.recv.value))
              }

              lemma {{k}}ReceiveSkolemization(c: Constants, v: Variables, i: nat, idx: int) returns ({{outs}})
                requires v.WF(c)
                requires {{k}}ReceiveValidity(c, v)
                requires v.ValidHistoryIdx(i)
                requires {{Vocabulary.InRange(host, "idx")}}
                requires {{Vocabulary.State(host, "v", "i", "idx")}} != {{Vocabulary.State(host, "v", "0", "idx")}}
                ensures j < i
                ensures v.ValidHistoryIdxStrict(j)
                ensures {{Vocabulary.State(host, "v", "j", "idx")}} != {{Vocabulary.State(host, "v", "j + 1", "idx")}}
                ensures {{Vocabulary.State(host, "v", "j + 1", "idx")}} == {{Vocabulary.State(host, "v", "i", "idx")}}
                ensures {{step}}
                ensures msgOps.recv.Some? ==> msgOps.recv.value in v.network.sentMsgs
              {
                reveal_{{k}}ReceiveValidity();
                reveal_{{k}}ReceiveValidityPost();
                reveal_ExistingMessage();
                assert {{k}}ReceiveValidityPost(c, v, i, idx);
                j, step, msgOps :| {{k}}CausedBy(c, v, i, idx, j, step, msgOps);
              }

            """);
        CoarsePreserved(text, host);
    }

    private void CoarsePreserved(StringBuilder text, HostKind host)
    {
        var k = host.Module;
        var last = $"v.Last().{host.SystemField}[idx]";
        var next = Vocabulary.NextStep(
            host, Vocabulary.Constants(host, "idx"), last, $"v'.Last().{host.SystemField}[idx]", "step",
            words.OpsOf("dsStep"));
        var start = Vocabulary.State(host, "v'", "0", "idx");
        var now = Vocabulary.State(host, "v'", "i", "idx");
        text.Append($$"""

              lemma InvNext{{k}}ReceiveValidity(c: Constants, v: Variables, v': Variables)
                requires v.WF(c) && v'.WF(c)
                requires {{k}}ReceiveValidity(c, v)
                requires Next(c, v, v')
                ensures {{k}}ReceiveValidity(c, v')
              {
                reveal_{{k}}ReceiveValidity();
                reveal_{{k}}ReceiveValidityPost();
                reveal_ExistingMessage();
                VariableNextProperties(c, v, v');
                forall idx: int, i: nat
                  | {{Vocabulary.InRange(host, "idx")}} && v'.ValidHistoryIdx(i) && {{now}} != {{start}}
                  ensures {{k}}ReceiveValidityPost(c, v', i, idx)
                {
                  var last := |v.history| - 1;
                  if i <= last || v'.History(i).{{host.SystemField}}[idx] == {{last}} {
                    var before := if i <= last then i else last;
                    var j, step, msgOps := {{k}}ReceiveSkolemization(c, v, before, idx);
                    assert {{k}}CausedBy(c, v', i, idx, j, step, msgOps);
                  } else {
                    var dsStep :| {{words.SystemStep("dsStep")}};
                    var step :| {{next}};
                    assert {{k}}CausedBy(c, v', i, idx, last, step, {{words.OpsOf("dsStep")}});
                  }
                }
              }

            """);
    }

    public void Fine(StringBuilder text, HostKind host)
    {
        foreach (var atom in Atom.Of(host))
        {
            var stem = words.StemOf(atom);
            var witness = WitnessText.Of(words, atom.Fields);
            WriteWitness(text, atom, stem, witness);
            new SkolemLemma(words, host, atom.Writers, stem, stem + "WitnessCondition", witness.Formals)
                .Write(text, atom.NamesMessage);
        }
    }

    public void Hints(StringBuilder text)
    {
        foreach (var hint in words.Model.Hints)
        {
            var condition = hint.Predicate.Name;
            var stem = condition[..^"WitnessCondition".Length];
            var extra = hint.Predicate.Formals.Skip(4)
                .Select(f => (f.Name, words.Type(f.Type))).ToArray();
            var atom = new Atom(hint.Host, [], hint.Transitions);
            // Such a condition need not say that the state is not the initial one: what the initial states are tells.
            new SkolemLemma(words, hint.Host, hint.Transitions, stem, condition, extra)
            {
                RevealsHistory = true,
            }.Write(text, atom.NamesMessage);
        }
    }

    internal static void WriteWitness(StringBuilder text, Atom atom, string stem, WitnessText witness)
    {
        var host = atom.Host;
        var state = Vocabulary.State(host, "v", "i", "idx");
        text.Append($$"""

              ghost predicate {{stem}}WitnessCondition(
                c: Constants, v: Variables, i: nat, idx: int{{witness.FormalList}})
                requires v.WF(c)
                requires v.ValidHistoryIdx(i)
                requires {{Vocabulary.InRange(host, "idx")}}
              {
            {{string.Join("\n", witness.Conditions(state).Select(t => "    && " + t))}}
                && ({{string.Join(" || ", atom.Fields.Select(f => NotInitial(host, f)))}})
              }

            """);
    }

    private static string NotInitial(HostKind host, Field field)
    {
        var (now, start) = (Vocabulary.State(host, "v", "i", "idx"), Vocabulary.State(host, "v", "0", "idx"));
        var differs = $"{now}.{field.Name} != {start}.{field.Name}";
        return field.PresentIn(start) is { } present ? $"({present} ==> {differs})" : differs;
    }
}
