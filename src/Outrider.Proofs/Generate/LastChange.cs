using System.Text;
using Outrider.Proofs.Ir;

namespace Outrider.Proofs.Generate;

/// <summary>
/// Coarse provenance that also says when: a host that is not in its initial state has a last step that changed it, and
/// nothing has changed it since.
/// </summary>
internal sealed class LastChange(Vocabulary words, HostKind host)
{
    public void Write(StringBuilder text)
    {
        var k = host.Module;
        var range = Vocabulary.InRange(host, "idx");
        var outs = $"j: nat, step: {host.StepType}, msgOps: {words.Ops}";
        text.Append($$"""

              // Since the last step that changed a {{k}} its state has stayed as it is.
              ghost predicate {:opaque} {{k}}LastChangeValidity(c: Constants, v: Variables)
                requires v.WF(c)
              {
                forall idx: int, i: nat | {{range}} && v.ValidHistoryIdx(i) && {{At("i")}} != {{At("0")}}
                  :: {{k}}HasLastChange(c, v, i, idx)
              }

              ghost predicate {:opaque} {{k}}HasLastChange(c: Constants, v: Variables, i: nat, idx: int)
                requires v.WF(c)
                requires v.ValidHistoryIdx(i)
                requires {{range}}
              {
                exists {{outs}} :: {{k}}LastChange(c, v, i, idx, j, step, msgOps)
              }

              ghost predicate {{k}}LastChange(c: Constants, v: Variables, i: nat, idx: int, {{outs}})
                requires v.WF(c)
                requires v.ValidHistoryIdx(i)
                requires {{range}}
              {
                && j < i
                && {{At("j")}} != {{At("j + 1")}}
                && {{Step("v")}}
                && (msgOps.recv.Some? ==> ExistingMessage(v, msgOps.recv.value))
                && (forall k: nat {:trigger v.History(k)} | j < k <= i :: {{At("k")}} == {{At("i")}})
              }

              lemma {{k}}LastChangeSkolemization(c: Constants, v: Variables, i: nat, idx: int) returns ({{outs}})
                requires v.WF(c)
                requires {{k}}LastChangeValidity(c, v)
                requires v.ValidHistoryIdx(i)
                requires {{range}}
                requires {{At("i")}} != {{At("0")}}
                ensures j < i
                ensures {{At("j")}} != {{At("j + 1")}}
                ensures {{Step("v")}}
                ensures msgOps.recv.Some? ==> msgOps.recv.value in v.network.sentMsgs
                ensures forall k: nat {:trigger v.History(k)} | j < k <= i :: {{At("k")}} == {{At("i")}}
              {
                reveal_{{k}}LastChangeValidity();
                reveal_{{k}}HasLastChange();
                reveal_ExistingMessage();
                assert {{k}}HasLastChange(c, v, i, idx);
                j, step, msgOps :| {{k}}LastChange(c, v, i, idx, j, step, msgOps);
              }

            """);
        Preserved(text, range);
    }

    private void Preserved(StringBuilder text, string range)
    {
        var k = host.Module;
        var last = $"v.Last().{host.SystemField}[idx]";
        var next = Vocabulary.NextStep(
            host, Vocabulary.Constants(host, "idx"), last, $"v'.Last().{host.SystemField}[idx]", "step",
            words.OpsOf("dsStep"));
        text.Append($$"""

              lemma InvNext{{k}}LastChangeValidity(c: Constants, v: Variables, v': Variables)
                requires v.WF(c) && v'.WF(c)
                requires {{k}}LastChangeValidity(c, v)
                requires Next(c, v, v')
                ensures {{k}}LastChangeValidity(c, v')
              {
                reveal_{{k}}LastChangeValidity();
                reveal_{{k}}HasLastChange();
                reveal_ExistingMessage();
                VariableNextProperties(c, v, v');
                forall idx: int, i: nat | {{range}} && v'.ValidHistoryIdx(i) && {{At("i", "v'")}} != {{At("0", "v'")}}
                  ensures {{k}}HasLastChange(c, v', i, idx)
                {
                  var last := |v.history| - 1;
                  if i <= last || {{At("i", "v'")}} == {{last}} {
                    var before := if i <= last then i else last;
                    var j, step, msgOps := {{k}}LastChangeSkolemization(c, v, before, idx);
                    assert {{k}}LastChange(c, v', i, idx, j, step, msgOps);
                  } else {
                    var dsStep :| {{words.SystemStep("dsStep")}};
                    var step :| {{next}};
                    assert {{k}}LastChange(c, v', i, idx, last, step, {{words.OpsOf("dsStep")}});
                  }
                }
              }

            """);
    }

    private string At(string index, string v = "v") => Vocabulary.State(host, v, index, "idx");

    private string Step(string v) => Vocabulary.NextStep(
        host, Vocabulary.Constants(host, "idx"), At("j", v), At("j + 1", v), "step", "msgOps");
}
