using Outrider.Proofs.Eval;

namespace Outrider.Proofs.Explore;

public sealed partial class Protocol
{
    private readonly Dictionary<string, string[]> monotonicFields = new(StringComparer.Ordinal);

    /// <summary>The index that a message says it was sent from; null when its type declares no <c>Src</c>.</summary>
    internal long? Source(CtorValue message) =>
        Call(message.Shape.Datatype, "Src", message) is IntValue n ? n.Number : null;

    /// <summary>The first field of a monotonic type whose new value does not follow from the old one.</summary>
    internal string? ShrunkField(string group, Value was, Value now)
    {
        if (ReferenceEquals(was, now) || was is not CtorValue before || now is not CtorValue after)
        {
            return null;
        }

        foreach (var field in MonotonicFields(group, before))
        {
            if (before.Field(field) is CtorValue a && after.Field(field) is CtorValue b && !a.Equals(b)
                && Call(a.Shape.Datatype, "SatisfiesMonotonic", b, a) is BoolValue { Truth: false })
            {
                return field;
            }
        }

        return null;
    }

    private string[] MonotonicFields(string group, CtorValue host)
    {
        if (!monotonicFields.TryGetValue(group, out var fields))
        {
            fields = [.. host.Shape.Fields.Where(f => host.Field(f) is CtorValue v
                && program.Member(v.Shape.Datatype, "SatisfiesMonotonic") != null)];
            monotonicFields[group] = fields;
        }

        return fields;
    }

    private Value? Call(string owner, string name, params Value[] args)
    {
        if (program.Member(owner, name) == null)
        {
            return null;
        }

        var function = compiler.Function(owner, name);
        var body = function.Body;
        var frame = new Value?[function.FrameSize];
        args.CopyTo(frame, 0);
        return machine.Ground(body.Eval(frame, machine));
    }
}
