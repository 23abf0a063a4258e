using System.Text.Json;
using Outrider.Proofs.Eval;

namespace Outrider.Proofs.Trace;

/// <summary>Turns a recorded value into a term of the given type; what was not recorded becomes a hole.</summary>
internal static class TermReader
{
    /// <exception cref="UsageException">The value does not fit the type.</exception>
    public static Value Read(JsonElement json, Shape shape) => json.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => new Hole(shape),
        JsonValueKind.True or JsonValueKind.False when shape.Kind == ShapeKind.Bool =>
            BoolValue.Of(json.GetBoolean()),
        JsonValueKind.Number when shape.Kind == ShapeKind.Int => IntValue.Of(json.GetInt64()),
        JsonValueKind.String when shape.Kind is ShapeKind.Abstract or ShapeKind.Other =>
            new AtomValue(json.GetString()!),
        JsonValueKind.Array when shape.Kind is ShapeKind.Set or ShapeKind.Seq or ShapeKind.Map =>
            Collection(json, shape),
        JsonValueKind.Object when shape.Kind == ShapeKind.Seq => Ending(json, shape),
        _ when shape.Kind == ShapeKind.Datatype => Datatype(json, shape),
        _ => throw new UsageException($"{json.GetRawText()} is no value of type {shape.Type}"),
    };

    private static Value Collection(JsonElement json, Shape shape)
    {
        switch (shape.Kind)
        {
            case ShapeKind.Seq:
                return new SeqValue([.. json.EnumerateArray().Select(e => Read(e, shape.Args[0]))]);
            case ShapeKind.Set:
                return SetValue.Of(json.EnumerateArray().Select(e => Whole(e, shape.Args[0])));
            default:
                return MapValue.Of(json.EnumerateArray().Select(e => e.GetArrayLength() == 2
                    ? new KeyValuePair<Value, Value>(Whole(e[0], shape.Args[0]), Read(e[1], shape.Args[1]))
                    : throw new UsageException($"{e.GetRawText()} is no pair of a key and a value")));
        }
    }

    /// <summary>A sequence of which no more is known than its length and perhaps its last element.</summary>
    private static SeqValue Ending(JsonElement json, Shape shape)
    {
        if (!json.TryGetProperty("length", out var length) || length.ValueKind != JsonValueKind.Number)
        {
            throw new UsageException($"{json.GetRawText()} is no value of type {shape.Type}: a length is needed");
        }

        var parts = new Value[length.GetInt32()];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = i == parts.Length - 1 && json.TryGetProperty("last", out var last)
                ? Read(last, shape.Args[0])
                : new Hole(shape.Args[0]);
        }

        return new SeqValue(parts);
    }

    private static Value Whole(JsonElement json, Shape shape) => Read(json, shape) is { IsGround: true } v
        ? v
        : throw new UsageException($"{json.GetRawText()} stands in a set or as a key and must be known whole");

    private static Value Datatype(JsonElement json, Shape shape)
    {
        if (json.ValueKind == JsonValueKind.String)
        {
            var named = IndexOf(shape, json.GetString()!);
            if (named >= 0)
            {
                return Machine.Fresh(shape, named);
            }
        }

        if (json.ValueKind == JsonValueKind.Object)
        {
            var properties = json.EnumerateObject().ToList();
            if (properties.Count == 1 && IndexOf(shape, properties[0].Name) is >= 0 and var ctor
                && properties[0].Value.ValueKind == JsonValueKind.Object)
            {
                return Fill(shape, ctor, properties[0].Value);
            }

            if (shape.Ctors.Count == 1)
            {
                return Fill(shape, 0, json);
            }
        }

        // A wrapper of one field may be left out: a number for MonotonicNat(number), a value for Some(value).
        var single = Enumerable.Range(0, shape.Ctors.Count).Where(i => shape.CtorArgs[i].Length == 1).ToList();
        return single.Count == 1
            ? new CtorValue(shape.Ctors[single[0]], [Read(json, shape.CtorArgs[single[0]][0])])
            : throw new UsageException($"{json.GetRawText()} is no value of type {shape.Type}");
    }

    private static CtorValue Fill(Shape shape, int ctor, JsonElement fields)
    {
        var value = Machine.Fresh(shape, ctor);
        foreach (var p in fields.EnumerateObject())
        {
            var i = shape.Ctors[ctor].IndexOf(p.Name);
            if (i < 0)
            {
                throw new UsageException($"{shape.Ctors[ctor].Name} has no field '{p.Name}'; it has "
                    + string.Join(", ", shape.Ctors[ctor].Fields));
            }

            value = value.With(i, Read(p.Value, shape.CtorArgs[ctor][i]));
        }

        return value;
    }

    private static int IndexOf(Shape shape, string ctor)
    {
        for (var i = 0; i < shape.Ctors.Count; i++)
        {
            if (shape.Ctors[i].Name == ctor)
            {
                return i;
            }
        }

        return -1;
    }
}
