using Outrider.Core;

namespace Outrider.Replication;

/// <summary>The small durable state of a member, beside its streams.</summary>
/// <param name="Promised">Nothing of a lower leader term is taken.</param>
/// <param name="Taint">The promise at the last unclean start; -1 if there was none.</param>
/// <param name="Corrupt">Streams that lost durable entries on this disk and are not yet repaired.</param>
internal sealed record MemberState(Term Promised, Term Taint, IReadOnlyList<StreamId> Corrupt)
{
    private const byte FormatVersion = 1;

    public static readonly MemberState Fresh = new(Term.Zero, new Term(-1), []);

    public byte[] Encode()
    {
        var writer = new WireWriter(24);
        writer.Byte(FormatVersion);
        writer.VarInt(Promised.Value);
        writer.VarInt(Taint.Value);
        writer.VarInt(Corrupt.Count);
        foreach (var stream in Corrupt) writer.VarInt(stream.Value);
        return writer.ToArray();
    }

    /// <summary>Null for bytes of another format.</summary>
    public static MemberState? Decode(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length == 0) return Fresh;
        var reader = new WireReader(bytes);
        if (!reader.Byte(out var version) || version != FormatVersion) return null;
        if (!reader.VarInt(out var promised) || !reader.VarInt(out var taint)) return null;
        if (!reader.Count(out var count, Limits.StreamsMax)) return null;
        var corrupt = new StreamId[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.VarInt(out var stream) || !Valid.Stream(stream)) return null;
            corrupt[i] = new StreamId((int)stream);
        }

        return new MemberState(new Term(promised), new Term(taint), corrupt);
    }
}
