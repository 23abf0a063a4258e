using System.Security.Cryptography;
using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>
/// The keys of a file control plane at one generation, and which writes led to it: a writer recognises by its own mark
/// whether what stands now has grown out of what it wrote.
/// </summary>
internal sealed class ControlState
{
    private const int LineageMax = 256;
    private const int KeysMax = 100_000;
    private const int KeyBytesMax = 1024;
    private const int ValueBytesMax = 1 << 20;
    private static readonly byte[] Magic = "outrider control 1\n"u8.ToArray();

    private readonly SortedDictionary<string, ControlValue> _values = new(StringComparer.Ordinal);
    private readonly List<UInt128> _lineage = [];
    private long _revision;

    public long Generation { get; private set; }

    public static ControlState Empty() => new();

    public IEnumerable<ControlValue> All => _values.Values;

    public ControlValue Find(string key) =>
        _values.TryGetValue(key, out var value) ? value : new ControlValue(key, 0, default);

    public bool Holds(UInt128 mark) => _lineage.Contains(mark);

    /// <summary>Whether a mark this many generations back would still be listed.</summary>
    public bool Reaches(long generation) => Generation - generation < LineageMax;

    /// <summary>Evaluates one write; the others of its batch are not concerned.</summary>
    public ControlOutcome Apply(ControlWrite write)
    {
        var current = Find(write.Key);
        if (current.Version != write.ExpectedVersion) return new ControlOutcome(false, current);
        _revision++;
        var value = write.Value.IsEmpty
            ? new ControlValue(write.Key, 0, default)
            : new ControlValue(write.Key, _revision, write.Value.ToArray());
        if (value.Exists) _values[write.Key] = value;
        else _values.Remove(write.Key);
        return new ControlOutcome(true, value);
    }

    /// <summary>The state to build the next generation on, with a fresh mark.</summary>
    public ControlState Next(out UInt128 mark)
    {
        var next = new ControlState { Generation = Generation + 1, _revision = _revision };
        foreach (var value in _values.Values) next._values.Add(value.Key, value);
        next._lineage.AddRange(_lineage.TakeLast(LineageMax - 1));
        mark = BitConverter.ToUInt128(RandomNumberGenerator.GetBytes(16));
        next._lineage.Add(mark);
        return next;
    }

    public byte[] Encode()
    {
        var body = new WireWriter(4096);
        body.VarInt(Generation);
        body.VarInt(_revision);
        body.VarInt(_lineage.Count);
        foreach (var mark in _lineage)
        {
            body.UInt64((ulong)(mark >> 64));
            body.UInt64((ulong)mark);
        }

        body.VarInt(_values.Count);
        foreach (var value in _values.Values)
        {
            body.Text(value.Key);
            body.VarInt(value.Version);
            body.Bytes(value.Value.Span);
        }

        var whole = new WireWriter(body.Length + 64);
        Magic.CopyTo(whole.Reserve(Magic.Length));
        whole.UInt32(Crc32C.Of(body.Written));
        body.Written.CopyTo(whole.Reserve(body.Length));
        return whole.ToArray();
    }

    /// <summary>A control state, but not of the format that this release reads.</summary>
    public static bool IsOfLaterFormat(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith("outrider control "u8) && !bytes.StartsWith(Magic);

    /// <summary>Null when the bytes are not a whole state of this format.</summary>
    public static ControlState? Decode(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < Magic.Length + 4 || !bytes.Span[..Magic.Length].SequenceEqual(Magic)) return null;
        var head = new WireReader(bytes[Magic.Length..]);
        var body = bytes[(Magic.Length + 4)..];
        if (!head.UInt32(out var crc) || crc != Crc32C.Of(body.Span)) return null;
        var reader = new WireReader(body);
        if (!reader.VarInt(out var generation) || !reader.VarInt(out var revision)
            || !reader.Count(out var marks, LineageMax, 16) || generation < 0 || revision < 0) return null;
        var state = new ControlState { Generation = generation, _revision = revision };
        for (var i = 0; i < marks; i++)
        {
            if (!reader.UInt64(out var high) || !reader.UInt64(out var low)) return null;
            state._lineage.Add(new UInt128(high, low));
        }

        if (!reader.Count(out var count, KeysMax, 3)) return null;
        for (var i = 0; i < count; i++)
        {
            if (!reader.Text(out var key, KeyBytesMax) || !reader.VarInt(out var version)
                || !reader.Bytes(out var value, ValueBytesMax) || version <= 0) return null;
            if (!state._values.TryAdd(key, new ControlValue(key, version, value))) return null;
        }

        return reader.Left == 0 ? state : null;
    }
}
