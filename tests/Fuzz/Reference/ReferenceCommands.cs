using System.Globalization;
using System.Numerics;
using System.Text;
using Outrider.Server.Resp;

namespace Outrider.Tests.Fuzz;

/// <summary>
/// The client port's request grammar once more, over bytes that are all there: what commands they hold, and whether
/// the rest could still become one.
/// </summary>
internal sealed class ReferenceCommands(byte[] bytes, int commandBytesMax)
{
    private int _at;

    public List<byte[][]> Commands { get; } = [];

    /// <summary>Incomplete or Malformed: bytes always end in one of the two.</summary>
    public ParseOutcome End { get; private set; }

    public void Run()
    {
        while (One() is { } command)
            if (command.Length > 0) Commands.Add(command);
    }

    private byte[][]? One()
    {
        if (_at == bytes.Length) return Stop(ParseOutcome.Incomplete);
        if (bytes[_at] != '*') return Inline();
        if (Number() is not { } count) return null;
        if (count == 0 || count == -1) return [];
        if (count < 0 || count > RespLimits.ArgumentsMax) return Stop(ParseOutcome.Malformed);
        var arguments = new List<byte[]>();
        BigInteger total = 0;
        while (arguments.Count < count)
        {
            if (_at == bytes.Length) return Stop(ParseOutcome.Incomplete);
            if (bytes[_at] != '$') return Stop(ParseOutcome.Malformed);
            if (Number() is not { } length) return null;
            total += length;
            if (length < 0 || length > RespLimits.ArgumentBytesMax) return Stop(ParseOutcome.Malformed);
            if (total > commandBytesMax) return Stop(ParseOutcome.Malformed);
            if (bytes.Length - _at < length + 2) return Stop(ParseOutcome.Incomplete);
            var end = _at + (int)length;
            if (bytes[end] != '\r' || bytes[end + 1] != '\n') return Stop(ParseOutcome.Malformed);
            arguments.Add(bytes[_at..end]);
            _at = end + 2;
        }

        return [.. arguments];
    }

    /// <summary>The number of a length line; null when <see cref="End"/> has been set.</summary>
    private BigInteger? Number()
    {
        var line = Encoding.Latin1.GetString(bytes, _at, Math.Min(RespLimits.HeaderLineBytesMax, bytes.Length - _at));
        var end = line.IndexOf("\r\n", StringComparison.Ordinal);
        if (end < 0)
        {
            Stop(line.Length == RespLimits.HeaderLineBytesMax ? ParseOutcome.Malformed : ParseOutcome.Incomplete);
            return null;
        }

        var digits = line[1..end];
        var bare = digits.StartsWith('-') ? digits[1..] : digits;
        if (bare.Length == 0 || !bare.All(char.IsAsciiDigit)
            || !long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            Stop(ParseOutcome.Malformed);
            return null;
        }

        _at += end + 2;
        return number;
    }

    private byte[][]? Inline()
    {
        var max = Math.Min(RespLimits.InlineBytesMax, commandBytesMax);
        var end = Array.IndexOf(bytes, (byte)'\n', _at);
        if (end < 0 || end - _at >= max)
            return Stop(bytes.Length - _at >= max ? ParseOutcome.Malformed : ParseOutcome.Incomplete);
        var words = Words(Encoding.Latin1.GetString(bytes, _at, end - _at));
        if (words is null) return Stop(ParseOutcome.Malformed);
        _at = end + 1;
        return words;
    }

    private static byte[][]? Words(string line)
    {
        var words = new List<byte[]>();
        var rest = line;
        while (true)
        {
            rest = rest.TrimStart(' ', '\t', '\r', '\0');
            if (rest.Length == 0) return [.. words];
            string word;
            if (rest[0] is '"' or '\'')
            {
                if (Quoted(rest, out word, out rest) is false) return null;
                if (rest.Length > 0 && !" \t\r\0".Contains(rest[0])) return null;
            }
            else
            {
                var end = rest.IndexOfAny([' ', '\t', '\r', '\0']);
                word = end < 0 ? rest : rest[..end];
                rest = rest[word.Length..];
            }

            words.Add(Encoding.Latin1.GetBytes(word));
        }
    }

    private static bool Quoted(string text, out string word, out string rest)
    {
        var built = new StringBuilder();
        (word, rest) = ("", "");
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == text[0])
            {
                (word, rest) = (built.ToString(), text[(i + 1)..]);
                return true;
            }

            if (text[0] == '"' && text[i] == '\\' && i + 1 < text.Length)
            {
                i++;
                var isHex = text[i] == 'x' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1])
                    && char.IsAsciiHexDigit(text[i + 2]);
                if (isHex)
                {
                    built.Append((char)byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.HexNumber, null));
                    i += 2;
                    continue;
                }

                built.Append(text[i] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', var other => other });
                continue;
            }

            built.Append(text[i]);
        }

        return false;
    }

    private byte[][]? Stop(ParseOutcome outcome)
    {
        End = outcome;
        return null;
    }
}
