using System.Buffers;
using System.Text;
using CsCheck;
using Outrider.Server.Resp;

namespace Outrider.Tests.Unit.Server;

public sealed class CommandParserTests
{
    [Fact]
    public void A_command_in_any_number_of_pieces_is_the_same_command() =>
        Gen.Select(Gen.Byte.Array[0, 40].Array[1, 8], Gen.Int[1, 30]).Sample((arguments, piece) =>
        {
            var wire = Encode(arguments);
            var parser = new CommandParser();
            var outcome = ParseOutcome.Incomplete;
            var kept = Array.Empty<byte>();
            for (var at = 0; at < wire.Length; at += piece)
            {
                kept = [.. kept, .. wire[at..Math.Min(at + piece, wire.Length)]];
                var input = new ReadOnlySequence<byte>(kept);
                outcome = parser.Parse(ref input);
                kept = input.ToArray();
                if (outcome == ParseOutcome.Malformed) return false;
            }

            return outcome == ParseOutcome.Command && kept.Length == 0
                && parser.Arguments.Count == arguments.Length
                && parser.Arguments.Zip(arguments).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
        });

    [Fact]
    public void Garbage_never_throws_and_never_yields_an_empty_command() =>
        Gen.OneOf(Gen.Byte.Array[0, 200], Mutated).Sample(bytes =>
        {
            var parser = new CommandParser();
            var input = new ReadOnlySequence<byte>(bytes);
            for (var turn = 0; turn <= bytes.Length; turn++)
            {
                var outcome = parser.Parse(ref input);
                if (outcome == ParseOutcome.Command && parser.Arguments.Count == 0) return false;
                if (outcome != ParseOutcome.Command) return true;
            }

            return false;
        }, iter: 20_000);

    [Theory]
    [InlineData("*2147483648\r\n", "arguments")]
    [InlineData("*-5\r\n", "arguments")]
    [InlineData("*1\r\n$1048577\r\n", "1048577 bytes")]
    [InlineData("*1\r\n$-1\r\n", "-1 bytes")]
    [InlineData("*1\r\n:5\r\n", "expected '$'")]
    [InlineData("*1\r\n$3\r\nabcdef", "does not end")]
    [InlineData("*abc\r\n", "no number")]
    [InlineData("*\r\n", "no number")]
    [InlineData("*1111111111111111111111111111", "without an end")]
    [InlineData("PING \"abc\n", "quotes")]
    public void What_is_wrong_is_said(string wire, string reason)
    {
        var parser = new CommandParser();
        var input = new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(wire));
        Assert.Equal(ParseOutcome.Malformed, parser.Parse(ref input));
        Assert.Contains(reason, parser.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_length_alone_allocates_nothing()
    {
        var parser = new CommandParser();
        var input = new ReadOnlySequence<byte>("*1\r\n$1048576\r\n"u8.ToArray());
        parser.Parse(ref input);
        input = new ReadOnlySequence<byte>("x"u8.ToArray());
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(ParseOutcome.Incomplete, parser.Parse(ref input));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024);
    }

    [Fact]
    public void A_typed_line_is_split_into_words_with_quotes_and_escapes()
    {
        var parser = new CommandParser();
        var input = new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes("\r\nset \"a b\\n\\x41\" 'c d'  e\r\n"));
        Assert.Equal(ParseOutcome.Command, parser.Parse(ref input));
        Assert.Equal(["set", "a b\nA", "c d", "e"], parser.Arguments.Select(Encoding.Latin1.GetString));
    }

    [Fact]
    public void Thousands_of_empty_commands_end_without_deep_recursion()
    {
        var text = string.Concat(Enumerable.Repeat("*0\r\n\r\n", 100_000)) + "PING\r\n";
        var input = new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(text));
        var parser = new CommandParser();
        Assert.Equal(ParseOutcome.Command, parser.Parse(ref input));
        Assert.True(input.IsEmpty);
    }

    private static Gen<byte[]> Mutated => Gen.Select(Gen.Byte.Array[0, 20].Array[1, 5], Gen.Int[0, 1000], Gen.Byte)
        .Select((arguments, at, value) =>
        {
            var wire = Encode(arguments);
            wire[at % wire.Length] = value;
            return wire;
        });

    private static byte[] Encode(byte[][] arguments)
    {
        var wire = new List<byte>(Encoding.Latin1.GetBytes($"*{arguments.Length}\r\n"));
        foreach (var argument in arguments)
        {
            wire.AddRange(Encoding.Latin1.GetBytes($"${argument.Length}\r\n"));
            wire.AddRange(argument);
            wire.AddRange("\r\n"u8);
        }

        return [.. wire];
    }
}
