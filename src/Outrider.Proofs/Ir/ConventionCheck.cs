using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

/// <summary>Conventions that the readers do not need but without which what follows is weaker or fails.</summary>
internal sealed class ConventionCheck(ProgramText program, List<Diagnostic> diagnostics)
{
    /// <param name="hosts">All host kinds.</param>
    /// <param name="messages">Their messages.</param>
    /// <param name="toBeWritten">The system is to be written from the hosts: it calls their predicates.</param>
    public void Check(IReadOnlyList<HostKind> hosts, MessageShape messages, bool toBeWritten)
    {
        foreach (var host in hosts)
        {
            foreach (var name in new[] { "GroupWFConstants", "GroupWF", "GroupInit", "Init" }
                .Where(n => program.Member(host.Module, n) == null))
            {
                var severity = toBeWritten && name != "Init" ? Severity.Error : Severity.Warning;
                var message = $"host module {host.Module} has no predicate {name}";
                diagnostics.Add(new Diagnostic(severity, host.At, message));
            }

            foreach (var transition in host.Transitions)
            {
                CheckTransition(transition, messages);
            }

            foreach (var field in host.Fields)
            {
                CheckField(host, field);
            }

            CheckOwnership(host, messages);
        }
    }

    private void CheckTransition(Transition t, MessageShape messages)
    {
        if (t.Member == null)
        {
            return;
        }

        foreach (var name in messages.Variants.Select(v => v.Name))
        {
            if (t.Name == "Send" + name && !t.MessagesOut.Contains(name) && t.MessagesOut.Count > 0)
            {
                Warn(t.At, $"{t.Name} sends {string.Join(", ", t.MessagesOut)}, not the {name} of its name");
            }
        }

        if (t.Sends && t.MessagesOut.Count == 0
            && messages.Variants.All(v => !ReferenceEquals(v.Sender, t)))
        {
            Warn(t.At, $"{t.Name} sends a message but does not say of which variant");
        }

        if (!t.Callable && t.Roles.Count > 0 && t.Receives && t.Writes.Count > 0)
        {
            Warn(
                t.At,
                $"{t.Name} takes arguments other than constants, states and messages; "
                + "lemmas about what it writes speak of the step as a whole");
        }
    }

    private void CheckField(HostKind host, Field field)
    {
        var type = program.Expand(field.Type);
        var at = program.Type(host.Module + ".Variables")?.At ?? host.At;
        var named = type.ShortName.StartsWith("Monotonic", StringComparison.Ordinal);
        var ordered = program.Member(type.Name, "SatisfiesMonotonic") != null;
        if (named && ordered && field.In.Count > 0)
        {
            Error(
                at,
                $"field {field.Name} of the monotonic type {type.ShortName} must be in every constructor of Variables: "
                + "what is forgotten with a constructor does not only grow");
        }
        else if (named && !ordered)
        {
            Error(
                program.Type(type.Name)?.At ?? at,
                $"type {type.Name} of field {field.Name} is named Monotonic but has no ghost predicate "
                + "SatisfiesMonotonic(past)");
        }
        else if (!named && ordered)
        {
            Warn(
                program.Type(type.Name)?.At ?? at,
                $"type {type.Name} of field {field.Name} has SatisfiesMonotonic; it counts only when the type's name "
                + "begins with Monotonic");
        }
    }

    private void CheckOwnership(HostKind host, MessageShape messages)
    {
        var inFlight = program.Member(host.Module, "UniqueKeyInFlightForHost");
        if (host.Owns && messages.KeyType == null)
        {
            Error(host.At, $"{host.Module} owns keys but no type UniqueKey is declared");
        }

        if (host.Owns && inFlight == null)
        {
            Error(
                program.Member(host.Module, "HostOwnsUniqueKey")!.At,
                $"{host.Module} has HostOwnsUniqueKey but no UniqueKeyInFlightForHost(c, v, k, msg)");
        }

        if (!host.Owns && inFlight != null)
        {
            Error(inFlight.At, $"{host.Module} has UniqueKeyInFlightForHost but no HostOwnsUniqueKey(c, v, k)");
        }

        if (host.Owns && !messages.HasDst)
        {
            Error(
                program.Type(messages.Type)?.At ?? host.At,
                "ownership needs 'ghost function Dst(): nat' on the message datatype: the receiver's index within "
                + "its own host kind");
        }
    }

    private void Warn(Place at, string message) => diagnostics.Add(new Diagnostic(Severity.Warning, at, message));

    private void Error(Place at, string message) => diagnostics.Add(new Diagnostic(Severity.Error, at, message));
}
