using System.Text.Json;
using Outrider.Proofs.Eval;
using Outrider.Proofs.Trace;

namespace Outrider.Proofs.Explore;

public sealed partial class Protocol
{
    /// <summary>
    /// The steps of one host that fit what was recorded: what it received and sent, and fields of its state after.
    /// A null pattern asks for no message; <paramref name="anyMessages"/> leaves both open.
    /// </summary>
    internal IReadOnlyList<Transition> Fitting(
        State state, HostGroup group, int index, JsonElement? received, JsonElement? sent, JsonElement? fields,
        Func<StepLabel, bool> isNamed, bool anyMessages = false)
    {
        Focus(state);
        machine.Depth = 0;
        var found = new Dictionary<State, Transition>();
        for (var i = 0; i < stepShape.Ctors.Count; i++)
        {
            var args = stepShape.CtorArgs[i];
            var actor = Array.FindIndex(args, f => f.Kind == ShapeKind.Int);
            var ops = Array.FindIndex(args, f => f.Kind == ShapeKind.Datatype && f.Ctors[0].IndexOf("recv") >= 0);
            if (GroupOf(stepShape.Ctors[i].Name) != group || actor < 0)
            {
                continue;
            }

            var step = Machine.Fresh(stepShape, i).With(actor, IntValue.Of(index));
            if (ops >= 0 && !anyMessages)
            {
                step = step.With(ops, Operations(args[ops], received, sent));
            }

            var hosts = HostsAfter(state, group, index, fields);
            Expand(state, step, hosts, new Hole(NetworkShape), (label, next) =>
            {
                // Two transitions may lead to one state: only the recorded one counts.
                if (isNamed(label))
                {
                    found.TryAdd(next, new Transition(label, next));
                }

                return found.Count < 64;
            });
        }

        return [.. found.Values];
    }

    /// <summary>Whether a recorded message can be one of those in the network.</summary>
    internal bool WasSent(State state, JsonElement message)
    {
        var (messages, shape) = Messages(state);
        var term = TermReader.Read(message, shape);
        return messages.Any(m => Fits(term, m));
    }

    internal bool FieldFits(Value host, HostGroup group, string field, JsonElement recorded)
    {
        var shape = hostsShape.CtorArgs[0][group.Index].Args[0];
        var state = (CtorValue)host;
        var at = shape.Ctors.ToList().FindIndex(c => ReferenceEquals(c, state.Shape));
        var i = state.Shape.IndexOf(field);
        return i >= 0 && Fits(TermReader.Read(recorded, shape.CtorArgs[at][i]), state.Parts[i]);
    }

    private bool Fits(Value term, Value actual)
    {
        var mark = machine.Mark();
        var fits = machine.Unify(term, actual);
        machine.Undo(mark);
        return fits;
    }

    private (IReadOnlyList<Value> Messages, Shape Shape) Messages(State state)
    {
        var network = (CtorValue)state.Network;
        for (var i = 0; i < network.Parts.Length; i++)
        {
            if (network.Parts[i] is SetValue s)
            {
                return (s.Parts, NetworkShape.CtorArgs[0][i].Args[0]);
            }
        }

        throw new ProtocolException($"{NetworkShape.Type} holds no set of messages");
    }

    private static CtorValue Operations(Shape shape, JsonElement? received, JsonElement? sent)
    {
        var ops = Machine.Fresh(shape, 0);
        foreach (var (field, json) in new[] { ("recv", received), ("send", sent) })
        {
            var at = ops.Shape.IndexOf(field);
            var option = shape.CtorArgs[0][at];
            var some = option.CtorArgs[0].Length == 1 ? 0 : 1;
            ops = ops.With(at, json is { } j
                ? new CtorValue(option.Ctors[some], [TermReader.Read(j, option.CtorArgs[some][0])])
                : new CtorValue(option.Ctors[1 - some], []));
        }

        return ops;
    }

    // Only the acting host may change, so all others are given as they are: that spares the solver most of its work.
    private CtorValue HostsAfter(State state, HostGroup group, int index, JsonElement? fields)
    {
        var before = (SeqValue)state.Hosts.Parts[group.Index];
        if (index < 0 || index >= before.Parts.Length)
        {
            throw new UsageException($"there is no {group.Field}[{index}]; there are {before.Parts.Length}");
        }

        var shape = hostsShape.CtorArgs[0][group.Index].Args[0];
        var hosts = (Value[])before.Parts.Clone();
        hosts[index] = fields is { } f ? TermReader.Read(f, shape) : new Hole(shape);
        return state.Hosts.With(group.Index, new SeqValue(hosts));
    }
}
