using System.Buffers.Text;
using System.Globalization;
using Outrider.Log;

namespace Outrider.Server.Commands;

/// <summary>
/// Ids of stream entries. The milliseconds part of Redis is the record's position here and the sequence part is 0: an
/// id is final, unique and ordered over all keys. Position 0 alone is written 0-1, for Redis keeps 0-0 to mean "before
/// everything" and clients read from it.
/// </summary>
public static class StreamIds
{
    public static readonly Position First = new(0);
    public static readonly Position Last = new(long.MaxValue - 1);

    public static string Of(Position position) =>
        position.Value == 0 ? "0-1" : position.Value.ToString(CultureInfo.InvariantCulture) + "-0";

    /// <summary>The first position of a range that begins at an id; '-' is the first, '(' excludes.</summary>
    public static Position RangeStart(ReadOnlySpan<byte> id)
    {
        if (id is [(byte)'-']) return First;
        if (id is [(byte)'+']) return Last;
        var excluded = id is [(byte)'(', ..];
        var (position, sequence) = Parse(excluded ? id[1..] : id, missing: 0);
        var own = SequenceOf(position);
        var before = excluded ? own <= sequence : own < sequence;
        return before ? new(Math.Min(position, Last.Value) + 1) : new(position);
    }

    /// <summary>The last position of a range that ends at an id; '+' is the last. May be -1: nothing.</summary>
    public static Position RangeEnd(ReadOnlySpan<byte> id)
    {
        if (id is [(byte)'+']) return Last;
        if (id is [(byte)'-']) return First;
        var excluded = id is [(byte)'(', ..];
        var (position, sequence) = Parse(excluded ? id[1..] : id, missing: ulong.MaxValue);
        var own = SequenceOf(position);
        var after = excluded ? own >= sequence : own > sequence;
        return after ? new(position - 1) : new(position);
    }

    /// <summary>Where reading goes on after an id.</summary>
    public static Position After(ReadOnlySpan<byte> id)
    {
        var (position, sequence) = Parse(id, missing: 0);
        return SequenceOf(position) <= sequence ? new(Math.Min(position, Last.Value) + 1) : new(position);
    }

    private static ulong SequenceOf(long position) => position == 0 ? 1UL : 0UL;

    private static (long Position, ulong Sequence) Parse(ReadOnlySpan<byte> id, ulong missing)
    {
        var dash = id.IndexOf((byte)'-');
        var head = dash < 0 ? id : id[..dash];
        var sequence = missing;
        if (!Utf8Parser.TryParse(head, out long position, out var used) || used != head.Length || position < 0) Fail();
        if (dash >= 0)
        {
            var tail = id[(dash + 1)..];
            if (!Utf8Parser.TryParse(tail, out sequence, out used) || used != tail.Length) Fail();
        }

        return (position, sequence);
    }

    private static void Fail() =>
        throw new CommandError("ERR Invalid stream ID specified as stream command argument");
}
