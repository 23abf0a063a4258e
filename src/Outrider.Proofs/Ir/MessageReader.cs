using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

/// <summary>Finds the message datatype, by the pair of options of every step, and who sends each variant.</summary>
internal sealed class MessageReader(ProgramText program, List<Diagnostic> diagnostics)
{
    public MessageShape Read(IReadOnlyList<HostKind> hosts)
    {
        var ops = program.Modules.SelectMany(m => m.Types).FirstOrDefault(t => t.ShortName == "MessageOps");
        var received = ops?.Constructors.SelectMany(c => c.Formals).FirstOrDefault(
            f => f.Name.StartsWith("recv", StringComparison.Ordinal));
        if (ops == null || received?.Type is not { Args: [var messageRef] })
        {
            Error(
                program.Module("Types")?.At ?? default,
                "no datatype MessageOps(recv: Option<Message>, send: Option<Message>) is declared");
            return MessageShape.Missing;
        }

        var message = program.Type(program.Expand(messageRef).Name);
        if (message is not { Kind: TypeKind.Datatype })
        {
            Error(ops.At, $"the messages of MessageOps have type {messageRef}, which is no datatype");
            return MessageShape.Missing with { OpsType = ops.Name };
        }

        var hasSrc = message.Member("Src") != null;
        if (!hasSrc)
        {
            Error(
                message.At,
                "the message datatype has no Src(): add 'ghost function Src(): nat' that gives the sender's index "
                + "within its own host kind");
        }

        var key = program.Modules.SelectMany(m => m.Types).FirstOrDefault(t => t.ShortName == "UniqueKey");
        return new MessageShape(
            message.Name, ops.Name, message.Constructors.Select(c => Variant(c, hosts)).ToArray(), hasSrc,
            message.Member("Dst") != null, key?.Name);
    }

    private MessageVariant Variant(CtorText constructor, IReadOnlyList<HostKind> hosts)
    {
        var senders = hosts.SelectMany(h => h.Transitions)
            .Where(t => t.Sends && t.MessagesOut.Contains(constructor.Name)).ToList();
        if (senders.Count == 0)
        {
            // The guard may hide the variant; then the name of the transition tells.
            senders = hosts.SelectMany(h => h.Transitions)
                .Where(t => t.Sends && t.MessagesOut.Count == 0
                    && t.Name.EndsWith("Send" + constructor.Name, StringComparison.Ordinal)).ToList();
        }

        if (senders.Count == 0)
        {
            diagnostics.Add(new Diagnostic(
                Severity.Warning, constructor.At, $"no transition sends a message {constructor.Name}"));
        }

        if (senders.Count > 1)
        {
            Error(
                senders[1].At,
                $"message {constructor.Name} has two senders, {senders[0].Host}.{senders[0].Name} and "
                + $"{senders[1].Host}.{senders[1].Name}: give each its own variant");
        }

        return new MessageVariant(constructor.Name, constructor, senders.Count == 0 ? null : senders[0]);
    }

    private void Error(Place at, string message) => diagnostics.Add(new Diagnostic(Severity.Error, at, message));
}
