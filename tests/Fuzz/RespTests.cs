using System.Buffers;
using System.Globalization;
using System.Text;
using Outrider.Client.Wire;
using Outrider.Core;
using Outrider.Server.Resp;

namespace Outrider.Tests.Fuzz;

/// <summary>Both ends of the client port beside slow parsers written from the protocol's description.</summary>
public sealed class RespTests
{
    private static readonly string[] Lengths =
        ["0", "1", "2", "3", "-1", "-2", "+1", "", "x", "007", "65", "1048576", "1048577", "67108865", "2147483648",
         "9223372036854775807", "9223372036854775808", "99999999999999999999999", "0000000000000000000000001"];

    [Fact]
    public void Commands_are_what_the_slow_parser_finds()
    {
        int commands = 0, malformed = 0;
        for (var i = 0; i < Fuzzing.Cases(120_000); i++)
        {
            var draw = new Draw(Rng.Fork(Fuzzing.Seed, "commands", i));
            var bytes = Damaged(draw, Request);
            var max = draw.Pick(64, RespLimits.UnauthenticatedBytesMax, RespLimits.CommandBytesMax);
            Fuzzing.Guard("commands", i, bytes, () =>
            {
                var reference = new ReferenceCommands(bytes, max);
                reference.Run();
                var found = new List<byte[][]>();
                var end = ParseInPieces(draw, bytes, max, found);
                Assert.Equal(reference.End, end);
                Assert.Equal(reference.Commands, found);
                commands += found.Count;
                malformed += end == ParseOutcome.Malformed ? 1 : 0;
            });
        }

        Assert.True(commands > 10_000 && malformed > 10_000, $"{commands} commands, {malformed} malformed");
    }

    [Fact]
    public void Replies_are_what_the_slow_parser_finds()
    {
        int values = 0, malformed = 0;
        for (var i = 0; i < Fuzzing.Cases(120_000); i++)
        {
            var draw = new Draw(Rng.Fork(Fuzzing.Seed, "replies", i));
            var bytes = Damaged(draw, d => Reply(d, 0));
            Fuzzing.Guard("replies", i, bytes, () =>
            {
                var reader = new ReplyReader();
                var before = GC.GetAllocatedBytesForCurrentThread();
                var found = ReadInPieces(draw, reader, bytes, out var consumed);
                var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(allocated < (64 << 10) + (600L * bytes.Length), $"{allocated} bytes");
                var reference = new ReferenceReplies(bytes);
                var expected = reference.Read();
                Assert.Equal(expected, found);
                if (expected is string)
                {
                    Assert.Equal(reference.Consumed, consumed);
                    values++;
                }

                malformed += expected == ReferenceReplies.Malformed ? 1 : 0;
            });
        }

        Assert.True(values > 10_000 && malformed > 10_000, $"{values} values, {malformed} malformed");
    }

    private static ParseOutcome ParseInPieces(Draw draw, byte[] bytes, int max, List<byte[][]> found)
    {
        var parser = new CommandParser { CommandBytesMax = max };
        var start = 0;
        var end = 0;
        while (true)
        {
            var input = Pieces.Of(draw, bytes, start, end);
            var outcome = parser.Parse(ref input);
            start = end - (int)input.Length;
            if (outcome == ParseOutcome.Command)
            {
                Assert.True(parser.CommandBytes <= Math.Max(max, parser.Arguments.Sum(part => part.Length)));
                found.Add([.. parser.Arguments]);
                continue;
            }

            if (outcome == ParseOutcome.Malformed || end == bytes.Length) return outcome;
            end = Math.Min(bytes.Length, end + 1 + draw.Below(draw.Pick(3, 40, 500)));
        }
    }

    private static object ReadInPieces(Draw draw, ReplyReader reader, byte[] bytes, out long consumed)
    {
        consumed = 0;
        for (var end = 0; ; end = Math.Min(bytes.Length, end + 1 + draw.Below(draw.Pick(3, 40, 500))))
        {
            var input = Pieces.Of(draw, bytes, 0, end);
            try
            {
                if (reader.Read(ref input) is { } value)
                {
                    consumed = end - input.Length;
                    return ReferenceReplies.Shown(value);
                }
            }
            catch (ProtocolException)
            {
                return ReferenceReplies.Malformed;
            }

            if (end == bytes.Length) return ReferenceReplies.Incomplete;
        }
    }

    private static byte[] Damaged(Draw draw, Func<Draw, string> sample)
    {
        var text = string.Concat(draw.List(3, () => sample(draw)));
        var bytes = Encoding.Latin1.GetBytes(text);
        return draw.Chance(0.5) ? bytes : Mutator.Damage(draw, bytes, Encoding.Latin1.GetBytes(sample(draw)));
    }

    private static string Request(Draw draw)
    {
        if (draw.Chance(0.2)) return Inline(draw);
        var arguments = 1 + draw.Below(4);
        var text = new StringBuilder().Append('*').Append(Length(draw, arguments)).Append("\r\n");
        for (var i = 0; i < arguments; i++) Bulk(draw, '$', text);
        return text.ToString();
    }

    private static string Inline(Draw draw) => string.Concat(draw.List(12, () => draw.Pick(
        "PING", " ", "\t", "\"a b\"", "'c'", "\"", "'", "\\", "\"\\x41\\n\\q\"", "\\x4", "\r", "\0", "é", "*", "$")))
        + draw.Pick("\r\n", "\n", "");

    private static string Reply(Draw draw, int depth)
    {
        var text = new StringBuilder();
        switch (draw.Below(depth > 3 ? 6 : 9))
        {
            case 0: return $"{draw.Pick('+', '-', ',')}{draw.Text(12)}\r\n";
            case 1 when draw.Chance(0.2): return $":{draw.Pick(Lengths)}\r\n";
            case 1: return $":{draw.Wild().ToString(CultureInfo.InvariantCulture)}\r\n";
            case 2: return draw.Pick("_\r\n", "#t\r\n", "#f\r\n", "#x\r\n", "_x\r\n", "$-1\r\n", "*-1\r\n");
            case 3 or 4 or 5:
                Bulk(draw, draw.Pick('$', '$', '='), text);
                return text.ToString();
            case 6: return string.Concat(Enumerable.Repeat("*1\r\n", draw.Below(20))) + Reply(draw, 9);
            default:
                var kind = draw.Pick('*', '~', '>', '%');
                var count = draw.Below(4);
                text.Append(kind).Append(Length(draw, count)).Append("\r\n");
                for (var i = kind == '%' ? 2 * count : count; i > 0; i--) text.Append(Reply(draw, depth + 1));
                return text.ToString();
        }
    }

    private static void Bulk(Draw draw, char kind, StringBuilder into)
    {
        var body = Encoding.Latin1.GetString(draw.Bytes(70));
        into.Append(kind).Append(Length(draw, body.Length)).Append("\r\n").Append(body).Append("\r\n");
    }

    /// <summary>The right length, mostly.</summary>
    private static string Length(Draw draw, int right) =>
        draw.Chance(0.96) ? right.ToString(CultureInfo.InvariantCulture) : draw.Pick(Lengths);
}
