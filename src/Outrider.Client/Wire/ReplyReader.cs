using System.Buffers;
using System.Buffers.Text;

namespace Outrider.Client.Wire;

/// <summary>
/// Finds whole replies in a byte stream. The scan for the end of a reply keeps its place, so that a reply arriving in
/// many pieces is looked at once; only when it is whole is it turned into a tree.
/// </summary>
public sealed class ReplyReader
{
    /// <summary>A reply larger than this is refused: the server's own bound on reads is far below.</summary>
    public const int ReplyBytesMax = 64 << 20;

    private const int DepthMax = 16;
    private const int HeaderBytesMax = 64 << 10;
    private const int NumberBytesMax = 24;
    private long _missing = 1;
    private long _scanned;

    /// <summary>Takes one reply from the front of <paramref name="input"/>; null when it has not wholly
    /// arrived.</summary>
    /// <exception cref="ProtocolException">The bytes are no reply.</exception>
    public RespValue? Read(ref ReadOnlySequence<byte> input)
    {
        if (!Scan(input)) return null;
        var reader = new SequenceReader<byte>(input.Slice(0, _scanned));
        var value = Parse(ref reader, 0);
        input = input.Slice(_scanned);
        _scanned = 0;
        _missing = 1;
        return value;
    }

    private bool Scan(ReadOnlySequence<byte> input)
    {
        while (_missing > 0)
        {
            var reader = new SequenceReader<byte>(input.Slice(_scanned));
            if (!TryHeader(ref reader, out var kind, out var length)) return false;
            var size = reader.Consumed;
            if (kind is RespKind.Bulk or RespKind.Verbatim && length >= 0)
            {
                if (reader.Remaining < length + 2) return false;
                reader.Advance(length);
                if (!reader.IsNext("\r\n"u8))
                    throw new ProtocolException("a string that does not end where its length says");
                size += length + 2;
            }

            _missing--;
            if (kind is RespKind.Array or RespKind.Set or RespKind.Push && length > 0) _missing += length;
            if (kind == RespKind.Map) _missing += 2 * length;
            _scanned += size;
            if (_scanned > ReplyBytesMax || _missing > ReplyBytesMax) throw new ProtocolException("a reply too large");
        }

        return true;
    }

    private static RespValue Parse(ref SequenceReader<byte> reader, int depth)
    {
        if (depth > DepthMax) throw new ProtocolException("a reply nested too deeply");
        var start = reader.Position;
        TryHeader(ref reader, out var kind, out var length);
        switch (kind)
        {
            case RespKind.Integer or RespKind.Boolean:
                return RespValue.OfNumber(kind, length);
            case RespKind.Null:
            case RespKind.Bulk or RespKind.Array or RespKind.Verbatim when length < 0:
                return RespValue.Nothing;
            case RespKind.Bulk or RespKind.Verbatim:
                var body = reader.UnreadSequence.Slice(0, length).ToArray();
                reader.Advance(length + 2);
                return RespValue.OfBytes(kind, kind == RespKind.Verbatim && length >= 4 ? body.AsMemory(4) : body);
            case RespKind.Array or RespKind.Set or RespKind.Push or RespKind.Map:
                var items = new RespValue[kind == RespKind.Map ? 2 * length : length];
                for (var i = 0; i < items.Length; i++) items[i] = Parse(ref reader, depth + 1);
                return RespValue.OfItems(kind, items);
            default:
                var line = reader.Sequence.Slice(start, reader.Position);
                return RespValue.OfBytes(kind, line.Slice(1, line.Length - 3).ToArray());
        }
    }

    /// <summary>Reads the line that starts a reply; for kinds of text, <paramref name="length"/> means
    /// nothing.</summary>
    private static bool TryHeader(ref SequenceReader<byte> reader, out RespKind kind, out long length)
    {
        kind = default;
        length = 0;
        if (!reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8))
            return reader.Remaining <= HeaderBytesMax ? false : throw new ProtocolException("a line without an end");
        Span<byte> head = stackalloc byte[NumberBytesMax];
        var shown = line.Slice(0, Math.Min(line.Length, head.Length));
        shown.CopyTo(head);
        head = head[..(int)shown.Length];
        if (head.IsEmpty) throw new ProtocolException("an empty line");
        kind = (RespKind)head[0];
        var rest = head[1..];
        switch (kind)
        {
            case RespKind.Simple or RespKind.Error or RespKind.Double:
                return true;
            case RespKind.Null:
                return rest.IsEmpty ? true : throw new ProtocolException("a null with something in it");
            case RespKind.Boolean:
                length = rest is [(byte)'t'] ? 1 : 0;
                if (rest is not ([(byte)'t'] or [(byte)'f'])) throw new ProtocolException("neither true nor false");
                return true;
            case RespKind.Integer or RespKind.Bulk or RespKind.Verbatim or RespKind.Array or RespKind.Map
                or RespKind.Set or RespKind.Push:
                if (line.Length >= NumberBytesMax || !Utf8Parser.TryParse(rest, out length, out var used)
                    || used != rest.Length) throw new ProtocolException("a length that is no number");
                if (kind != RespKind.Integer && (length < LeastLength(kind) || length > ReplyBytesMax))
                    throw new ProtocolException($"a length of {length}");
                return true;
            default:
                throw new ProtocolException($"a reply that starts with byte {head[0]}: is this an Outrider port?");
        }
    }

    /// <summary>The null of protocol 2 is a string or array of length -1; nothing else has a negative length.</summary>
    private static long LeastLength(RespKind kind) =>
        kind is RespKind.Bulk or RespKind.Verbatim or RespKind.Array ? -1 : 0;
}
