using System.Globalization;
using System.Text;

namespace Outrider.Client.Wire;

/// <summary>What kind a reply is; the byte is the one on the wire.</summary>
public enum RespKind : byte
{
    Simple = (byte)'+',
    Error = (byte)'-',
    Integer = (byte)':',
    Bulk = (byte)'$',
    Array = (byte)'*',
    Null = (byte)'_',
    Boolean = (byte)'#',
    Double = (byte)',',
    Verbatim = (byte)'=',
    Map = (byte)'%',
    Set = (byte)'~',
    Push = (byte)'>',
}

/// <summary>A reply as a tree. Accessors throw when the server speaks otherwise than this client understands.</summary>
public sealed class RespValue
{
    private RespValue(RespKind kind, long number, ReadOnlyMemory<byte> bytes, IReadOnlyList<RespValue> items) =>
        (Kind, Number, Bytes, Items) = (kind, number, bytes, items);

    public RespKind Kind { get; }
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Elements; of a map keys and values in turn.</summary>
    public IReadOnlyList<RespValue> Items { get; }

    private long Number { get; }

    public bool IsError => Kind == RespKind.Error;
    public bool IsNull => Kind == RespKind.Null;

    public long Integer => Kind is RespKind.Integer or RespKind.Boolean ? Number
        : long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed) ? parsed
        : throw new ProtocolException($"expected a number, got {Kind} '{Text}'");

    public bool Boolean => Integer != 0;

    public string Text => Kind is RespKind.Integer or RespKind.Boolean
        ? Number.ToString(CultureInfo.InvariantCulture) : Encoding.UTF8.GetString(Bytes.Span);

    /// <summary>An element by its place.</summary>
    public RespValue At(int index) => index < Items.Count
        ? Items[index] : throw new ProtocolException($"a list of {Items.Count} without element {index}");

    /// <summary>A number within bounds.</summary>
    public int Number32(int low, int high = int.MaxValue) =>
        Integer is var value && value >= low && value <= high
            ? (int)value : throw new ProtocolException($"{value}, where {low} to {high} are expected");

    /// <summary>The value of a key of a map.</summary>
    public RespValue this[string key] =>
        Find(key) ?? throw new ProtocolException($"a reply without '{key}'");

    /// <summary>The value of a key of a map that need not be there.</summary>
    public RespValue? Find(string key)
    {
        for (var i = 0; i + 1 < Items.Count; i += 2)
            if (Items[i].Text == key) return Items[i + 1];
        return null;
    }

    public static RespValue OfNumber(RespKind kind, long number) => new(kind, number, default, []);
    public static RespValue OfBytes(RespKind kind, ReadOnlyMemory<byte> bytes) => new(kind, 0, bytes, []);
    public static RespValue OfItems(RespKind kind, IReadOnlyList<RespValue> items) => new(kind, 0, default, items);
    public static RespValue Nothing { get; } = new(RespKind.Null, 0, default, []);
}

/// <summary>The server speaks otherwise than this client understands: another product, or a newer one.</summary>
public sealed class ProtocolException(string message) : Exception(message);
