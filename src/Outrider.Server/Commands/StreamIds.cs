using System.Buffers.Text;
using System.Globalization;
using Outrider.Log;

namespace Outrider.Server.Commands;

/// <summary>
/// Ids of stream entries. The milliseconds part of Redis is the record's position here and the sequence part is always
/// 0: an id is final, unique and ordered over all keys.
/// </summary>
public static class StreamIds
{
    public static readonly Position First = new(0);
    public static readonly Position Last = new(long.MaxValue - 1);

    public static string Of(Position position) => position.Value.ToString(CultureInfo.InvariantCulture) + "-0";

    /// <summary>The first position of a range that begins at an id; '-' is the first, '(' excludes.</summary>
    public static Position RangeStart(ReadOnlySpan<byte> id)
    {
        if (id is [(byte)'-']) return First;
        if (id is [(byte)'+']) return Last;
        var excluded = id is [(byte)'(', ..];
        var (position, sequence) = Parse(excluded ? id[1..] : id);
        return excluded || sequence > 0 ? new(Math.Min(position, Last.Value) + 1) : new(position);
    }

    /// <summary>The last position of a range that ends at an id; '+' is the last. May be -1: nothing.</summary>
    public static Position RangeEnd(ReadOnlySpan<byte> id)
    {
        if (id is [(byte)'+']) return Last;
        if (id is [(byte)'-']) return First;
        var excluded = id is [(byte)'(', ..];
        var (position, sequence) = Parse(excluded ? id[1..] : id);
        return excluded && sequence == 0 ? new(position - 1) : new(position);
    }

    /// <summary>Where reading goes on after an id.</summary>
    public static Position After(ReadOnlySpan<byte> id) => new(Math.Min(Parse(id).Position, Last.Value) + 1);

    /// <summary>The lowest position kept by MINID.</summary>
    public static Position AtLeast(ReadOnlySpan<byte> id) => RangeStart(id);

    private static (long Position, ulong Sequence) Parse(ReadOnlySpan<byte> id)
    {
        var dash = id.IndexOf((byte)'-');
        var head = dash < 0 ? id : id[..dash];
        var sequence = 0UL;
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
