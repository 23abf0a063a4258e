using Outrider.Proofs.Ir;

namespace Outrider.Proofs.Generate;

/// <summary>
/// That a message was sent: at an index of the history, in answer to a message that was received, by a transition
/// with some values that its step chose; or by the step as a whole where the transition stands in it. Where there
/// are such values the whole has a name of its own: for the solver to find them again they must stand together in
/// one term.
/// </summary>
internal sealed class SentBy(Vocabulary words, MessageVariant variant, Transition sender, HostKind host)
{
    private readonly IReadOnlyList<(string Name, string Type)> extras = !sender.Quotable
        ? [("step", host.StepType), ("msgOps", words.Ops)]
        : sender.Extras.Select(e => (Vocabulary.Extra(e.Formal, e.Role), words.Type(e.Formal.Type))).ToArray();

    /// <summary>What the lemma answers beside the index and the message that was received.</summary>
    public static IEnumerable<string> Answers(Transition sender, string suffix) => !sender.Quotable
        ? ["step" + suffix, "msgOps" + suffix]
        : sender.Extras.Select(e => Vocabulary.Extra(e.Formal, e.Role, suffix));

    private bool Whole => extras.Any(e => e.Name == "msgOps");

    /// <summary>The bound variables of the existential.</summary>
    public string Bound => extras.Count > 0 ? Outs : "i: nat" + (sender.Receives ? ", inMsg" : "");

    public string Outs => (sender.Receives ? $"i: nat, inMsg: {words.Message}" : "i: nat")
        + string.Concat(extras.Select(e => $", {e.Name}: {e.Type}"));

    public string Names => (sender.Receives ? "i, inMsg" : "i") + string.Concat(extras.Select(e => ", " + e.Name));

    public IEnumerable<string> Facts(string v)
    {
        yield return $"{v}.ValidHistoryIdxStrict(i)";
        yield return sender.Receives ? $"inMsg in {v}.network.sentMsgs" : Vocabulary.InRange(host, "msg.Src()");
        if (Whole && sender.Receives)
        {
            yield return "msgOps.recv == Some(inMsg)";
        }

        if (Whole)
        {
            yield return "msgOps.send == Some(msg)";
        }

        yield return Taken(v);
    }

    /// <summary>What the existential says of its variables.</summary>
    public string Causes(string v, string indent) => extras.Count > 0
        ? indent + Named(v)
        : string.Join("\n", Facts(v).Select(f => $"{indent}&& {f}"));

    public string Cause(string v) => extras.Count > 0 ? Named(v) : At(v);

    /// <summary>The predicate for the whole, where there is one.</summary>
    public string Definition() => extras.Count == 0 ? "" : $$"""

          ghost predicate Send{{variant.Name}}CausedBy(c: Constants, v: Variables, msg: {{words.Message}}, {{Outs}})
            requires v.WF(c)
            requires {{Vocabulary.InRange(host, "msg.Src()")}}
          {
        {{string.Join("\n", Facts("v").Select(f => "    && " + f))}}
          }

        """;

    /// <summary>Names what the last step of the system received and chose.</summary>
    public string Choice(string v, string indent)
    {
        var ops = words.OpsOf("dsStep");
        var chosen = extras.Where(e => e.Name != "msgOps").ToList();
        return (sender.Receives ? $"{indent}var inMsg := {ops}.recv.value;\n" : "")
            + (Whole ? $"{indent}var msgOps := {ops};\n" : "")
            + (chosen.Count == 0 ? ""
                : (!sender.Quotable ? "" : $"{indent}var taken :| {Next(v, "taken", ops)};\n")
                + $"{indent}var {string.Join(", ", chosen.Select(e => $"{e.Name}: {e.Type}"))} :| {Taken(v)};\n");
    }

    /// <summary>The transition; one that is given the whole step may ask that it is of its kind.</summary>
    private string Taken(string v) => !sender.Quotable || sender.Roles.Contains(Role.Step)
        ? $"{sender.OfSteps("step")} && {At(v)}" : At(v);

    /// <summary>The host's step: the types of what it chose are known from it.</summary>
    private string Next(string v, string step, string ops) => Vocabulary.NextStep(
        host, Vocabulary.Constants(host, "msg.Src()"), Vocabulary.State(host, v, "i", "msg.Src()"),
        Vocabulary.State(host, v, "i + 1", "msg.Src()"), step, ops);

    private string Named(string v) => $"Send{variant.Name}CausedBy(c, {v}, msg, {Names})";

    private string At(string v) => !sender.Quotable ? Next(v, "step", "msgOps") : Vocabulary.Call(
        sender, Vocabulary.Constants(host, "msg.Src()"), Vocabulary.State(host, v, "i", "msg.Src()"),
        Vocabulary.State(host, v, "i + 1", "msg.Src()"), "inMsg", "msg");
}
