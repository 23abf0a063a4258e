using System.Text;
using Outrider.Proofs.Ir;

namespace Outrider.Proofs.Generate;

/// <summary>
/// The lemma that names the cause of a witness: the step at which the condition became true, by one of the writers.
/// Proved by going back through coarse provenance until the condition is false; through last changes it has held
/// since.
/// </summary>
internal sealed class SkolemLemma(
    Vocabulary words, HostKind host, IReadOnlyList<Transition> writers, string stem, string condition,
    IReadOnlyList<(string Name, string Type)> extra, bool last = false)
{
    public bool RevealsHistory { get; init; }

    private string Revealed => RevealsHistory ? "    reveal_ValidHistory();\n" : "";

    private string Lemma => stem + (last ? "Last" : "Step") + "Skolemization";

    private string Source => host.Module + (last ? "LastChange" : "Receive");

    private string Args => string.Concat(extra.Select(f => ", " + f.Name));

    private string Constants => Vocabulary.Constants(host, "idx");

    /// <summary>The cause is named by what was received (and sent), else by step and messages.</summary>
    public void Write(StringBuilder text, bool namesMessage)
    {
        var formals = string.Concat(extra.Select(f => $", {f.Name}: {f.Type}"));
        var pair = namesMessage && writers.Any(w => w.Sends);
        var outs = !namesMessage ? $"j: nat, step: {host.StepType}, msgOps: {words.Ops}"
            : pair ? $"j: nat, inMsg: {words.Message}, outMsg: {words.Message}"
            : $"j: nat, inMsg: {words.Message}";
        var result = !namesMessage ? "j, step, msgOps" : pair ? "j, inMsg, outMsg" : "j, inMsg";
        var found = !namesMessage ? "xj, xstep, xmsgOps"
            : pair ? "xj, xmsgOps.recv.value, if xmsgOps.send.Some? then xmsgOps.send.value else xmsgOps.recv.value"
            : "xj, xmsgOps.recv.value";
        text.Append($$"""

              lemma {{Lemma}}(c: Constants, v: Variables, i: nat, idx: int{{formals}})
                returns ({{outs}})
                requires v.WF(c)
                requires ValidHistory(c, v)
                requires {{Source}}Validity(c, v)
                requires v.ValidHistoryIdx(i)
                requires {{Vocabulary.InRange(host, "idx")}}
                requires {{condition}}(c, v, i, idx{{Args}})
                ensures j < i
                ensures v.ValidHistoryIdx(j)
                ensures v.ValidHistoryIdx(j + 1)
                ensures !{{condition}}(c, v, j, idx{{Args}})
                ensures {{condition}}(c, v, j + 1, idx{{Args}})
            {{Stays()}}{{(namesMessage ? MessageEnsures() : StepEnsures())}}
                decreases i
              {
            {{Revealed}}    var xj, xstep, xmsgOps := {{Source}}Skolemization(c, v, i, idx);
                if {{condition}}(c, v, xj, idx{{Args}}) {
                  {{result}} := {{Lemma}}(c, v, xj, idx{{Args}});
                } else {
                  {{result}} := {{found}};
                }
            {{Stayed()}}  }

            """);
    }

    private string Triggers => $"{{:trigger v.History(k)}} {{:trigger {condition}(c, v, k, idx{Args})}}";

    private string Stays() => last
        ? $"    ensures forall k: nat {Triggers} | j < k <= i :: {condition}(c, v, k, idx{Args})\n"
        : "";

    private string Stayed() => !last ? "" : $$"""
                forall k: nat {{Triggers}} | j < k <= i
                  ensures {{condition}}(c, v, k, idx{{Args}})
                {
                  if xj < k {
                    assert {{Vocabulary.State(host, "v", "k", "idx")}} == {{Vocabulary.State(host, "v", "i", "idx")}};
                  }
                }

            """;

    private string MessageEnsures() => $"""
            ensures inMsg in v.network.sentMsgs
            ensures {Either(writers.Select(w => Call(w, "inMsg", "outMsg")))}
        """;

    private string StepEnsures()
    {
        var next = Vocabulary.NextStep(
            host, Constants, Vocabulary.State(host, "v", "j", "idx"), Vocabulary.State(host, "v", "j + 1", "idx"),
            "step", "msgOps");
        return $"""
                ensures {next}
                ensures msgOps.recv.Some? ==> msgOps.recv.value in v.network.sentMsgs
                ensures {Either(writers.Select(Cause))}
            """;
    }

    private string Cause(Transition w)
    {
        var parts = new List<string>();
        if (!w.Callable)
        {
            return w.OfSteps("step");
        }

        if (w.Roles.Contains(Role.InMsg))
        {
            parts.Add("msgOps.recv.Some?");
        }

        if (w.Roles.Contains(Role.OutMsg))
        {
            parts.Add("msgOps.send.Some?");
        }

        parts.Add(Call(w, "msgOps.recv.value", "msgOps.send.value"));
        return parts.Count == 1 ? parts[0] : $"({string.Join(" && ", parts)})";
    }

    private string Call(Transition w, string inMsg, string outMsg) => Vocabulary.Call(
        w, Constants, Vocabulary.State(host, "v", "j", "idx"), Vocabulary.State(host, "v", "j + 1", "idx"), inMsg,
        outMsg);

    private static string Either(IEnumerable<string> causes)
    {
        var list = causes.ToList();
        return list.Count == 1 ? list[0] : "\n      || " + string.Join("\n      || ", list);
    }
}
