using System.Buffers;
using System.Buffers.Text;

namespace Outrider.Server.Resp;

public enum ParseOutcome : byte
{
    /// <summary>A whole command is in <see cref="CommandParser.Arguments"/>.</summary>
    Command,
    /// <summary>More bytes are needed.</summary>
    Incomplete,
    /// <summary>The bytes are no command; <see cref="CommandParser.Error"/> says why. The connection is of no more
    /// use.</summary>
    Malformed,
}

/// <summary>
/// Reads commands from a byte stream: arrays of bulk strings, or lines typed by hand. It keeps its place between
/// calls, so that a command arriving in a thousand pieces is scanned once; an argument is copied out when it has
/// wholly arrived, so that a length without bytes behind it costs nothing.
/// </summary>
public sealed class CommandParser
{
    private readonly List<byte[]> _arguments = [];
    private int _missing;
    private int _bulkLength = -1;
    private long _commandBytes;

    /// <summary>The command's name and arguments; never empty after <see cref="ParseOutcome.Command"/>.</summary>
    public IReadOnlyList<byte[]> Arguments => _arguments;

    /// <summary>What all arguments take together.</summary>
    public long CommandBytes => _commandBytes;

    /// <summary>A command has been begun and not finished.</summary>
    public bool HasPartial => _missing > 0;

    public string Error { get; private set; } = "";

    /// <summary>Tightened until the client has authenticated.</summary>
    public int CommandBytesMax { get; set; } = RespLimits.CommandBytesMax;

    /// <summary>Takes bytes from the front of <paramref name="input"/>; what is left is for the next call.</summary>
    public ParseOutcome Parse(ref ReadOnlySequence<byte> input)
    {
        if (_missing == 0 && !StartCommand(ref input, out var early)) return early;
        while (_missing > 0)
        {
            if (_bulkLength < 0 && !ReadBulkHeader(ref input, out var stop)) return stop;
            if (input.Length < _bulkLength + 2) return ParseOutcome.Incomplete;
            var body = input.Slice(0, _bulkLength);
            var end = input.Slice(_bulkLength, 2);
            if (!IsLineEnd(end)) return Fail("a bulk string does not end where its length says");
            _arguments.Add(body.ToArray());
            input = input.Slice(_bulkLength + 2);
            _bulkLength = -1;
            _missing--;
        }

        return ParseOutcome.Command;
    }

    /// <summary>True when a command has been begun or read by inline; false with the outcome to return.</summary>
    private bool StartCommand(ref ReadOnlySequence<byte> input, out ParseOutcome outcome)
    {
        while (true)
        {
            _arguments.Clear();
            _commandBytes = 0;
            outcome = ParseOutcome.Incomplete;
            if (input.IsEmpty) return false;
            if (input.FirstSpan[0] != (byte)'*')
            {
                if (!ReadInline(ref input, out outcome)) return false;
                if (_arguments.Count > 0) return true;
                continue;
            }

            if (!ReadNumber(ref input, out var count, ref outcome)) return false;
            // Redis takes an empty array as nothing at all, and some clients send one.
            if (count is 0 or -1) continue;
            if (count is < 0 or > RespLimits.ArgumentsMax)
            {
                outcome = Fail($"{count} arguments, where 1 to {RespLimits.ArgumentsMax} are allowed");
                return false;
            }

            _missing = (int)count;
            return true;
        }
    }

    private bool ReadBulkHeader(ref ReadOnlySequence<byte> input, out ParseOutcome outcome)
    {
        outcome = ParseOutcome.Incomplete;
        if (input.IsEmpty) return false;
        if (input.FirstSpan[0] != (byte)'$')
        {
            outcome = Fail($"expected '$', got '{Printable(input.FirstSpan[0])}'");
            return false;
        }

        if (!ReadNumber(ref input, out var length, ref outcome)) return false;
        if (length is < 0 or > RespLimits.ArgumentBytesMax)
        {
            outcome = Fail($"an argument of {length} bytes, where 0 to {RespLimits.ArgumentBytesMax} are allowed");
            return false;
        }

        _commandBytes += length;
        if (_commandBytes > CommandBytesMax)
        {
            outcome = Fail($"a command of more than {CommandBytesMax} bytes");
            return false;
        }

        _bulkLength = (int)length;
        return true;
    }

    private bool ReadNumber(ref ReadOnlySequence<byte> input, out long value, ref ParseOutcome outcome)
    {
        value = 0;
        Span<byte> line = stackalloc byte[RespLimits.HeaderLineBytesMax];
        var head = input.Slice(0, Math.Min(input.Length, line.Length));
        head.CopyTo(line);
        line = line[..(int)head.Length];
        var end = line.IndexOf("\r\n"u8);
        if (end < 0)
        {
            if (line.Length == RespLimits.HeaderLineBytesMax) outcome = Fail("a length line without an end");
            return false;
        }

        var digits = line[1..end];
        if (!Utf8Parser.TryParse(digits, out value, out var used) || used != digits.Length || digits[0] == (byte)'+')
        {
            outcome = Fail("a length that is no number");
            return false;
        }

        input = input.Slice(end + 2);
        return true;
    }

    /// <summary>A line of words; quotes as in the redis shell. An empty line leaves no arguments.</summary>
    private bool ReadInline(ref ReadOnlySequence<byte> input, out ParseOutcome outcome)
    {
        outcome = ParseOutcome.Incomplete;
        var max = Math.Min(RespLimits.InlineBytesMax, CommandBytesMax);
        var window = input.Slice(0, Math.Min(input.Length, max));
        if (window.PositionOf((byte)'\n') is not { } end)
        {
            if (window.Length == max) outcome = Fail("an inline command that is too long");
            return false;
        }

        var line = window.Slice(0, end).ToArray();
        if (!InlineWords.Split(line, _arguments))
        {
            outcome = Fail("unbalanced quotes in an inline command");
            return false;
        }

        input = input.Slice(input.GetPosition(1, end));
        _commandBytes = line.Length;
        return true;
    }

    private ParseOutcome Fail(string reason)
    {
        Error = reason;
        return ParseOutcome.Malformed;
    }

    private static bool IsLineEnd(ReadOnlySequence<byte> two)
    {
        Span<byte> bytes = stackalloc byte[2];
        two.CopyTo(bytes);
        return bytes[0] == (byte)'\r' && bytes[1] == (byte)'\n';
    }

    private static string Printable(byte b) => b is >= 32 and < 127 ? ((char)b).ToString() : $"\\x{b:x2}";
}
