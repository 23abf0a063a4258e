using System.Globalization;
using System.Text;
using Outrider.Client.Wire;

namespace Outrider.Tests.Fuzz;

/// <summary>The replies' grammar once more, recursive and over bytes that are all there.</summary>
internal sealed class ReferenceReplies(byte[] bytes)
{
    private const int DepthMax = 16;
    private int _at;
    private int _deepest;
    private long _outstanding = 1;

    public static readonly object Incomplete = new();
    public static readonly object Malformed = new();

    public int Consumed => _at;

    /// <summary>The text of <see cref="Shown"/>, <see cref="Incomplete"/> or <see cref="Malformed"/>.</summary>
    public object Read()
    {
        try
        {
            var shown = One(0);
            return _deepest > DepthMax ? Malformed : shown;
        }
        catch (EndOfStreamException)
        {
            return Incomplete;
        }
        catch (FormatException)
        {
            return Malformed;
        }
    }

    /// <summary>A tree of the product in the same text.</summary>
    public static string Shown(RespValue value) => value.Kind switch
    {
        RespKind.Null => "null",
        RespKind.Integer => $"{value.Integer}",
        RespKind.Boolean => value.Boolean ? "true" : "false",
        RespKind.Array or RespKind.Set or RespKind.Push or RespKind.Map =>
            $"{(char)value.Kind}({string.Concat(value.Items.Select(item => Shown(item) + ","))})",
        _ => $"{(char)value.Kind}{Convert.ToHexString(value.Bytes.Span)}",
    };

    private string One(int depth)
    {
        _deepest = Math.Max(_deepest, depth);
        var line = Line();
        _outstanding--;
        var (kind, rest) = (line[0], line[1..]);
        switch (kind)
        {
            case '+' or '-' or ',': return kind + Convert.ToHexString(Encoding.Latin1.GetBytes(rest));
            case '_': return rest.Length == 0 ? "null" : throw new FormatException();
            case '#': return rest == "t" ? "true" : rest == "f" ? "false" : throw new FormatException();
            case ':': return Number(rest).ToString(CultureInfo.InvariantCulture);
            case '$' or '=' or '*' or '~' or '>' or '%': break;
            default: throw new FormatException();
        }

        var length = Number(rest);
        if (length > ReplyReader.ReplyBytesMax || length < -1) throw new FormatException();
        if (length < 0) return kind is '$' or '=' or '*' ? "null" : throw new FormatException();
        return kind is '$' or '=' ? Bulk(kind, (int)length) : Items(kind, kind == '%' ? 2 * length : length, depth);
    }

    private string Bulk(char kind, int length)
    {
        if (bytes.Length - _at < length + 2) throw new EndOfStreamException();
        if (bytes[_at + length] != '\r' || bytes[_at + length + 1] != '\n') throw new FormatException();
        var body = bytes[_at..(_at + length)];
        _at += length + 2;
        // A verbatim string says in four bytes what it is.
        return kind + Convert.ToHexString(kind == '=' && length >= 4 ? body[4..] : body);
    }

    private string Items(char kind, long count, int depth)
    {
        _outstanding += count;
        if (_outstanding > ReplyReader.ReplyBytesMax) throw new FormatException();
        var shown = new StringBuilder().Append(kind).Append('(');
        for (var i = 0L; i < count; i++) shown.Append(One(depth + 1)).Append(',');
        return shown.Append(')').ToString();
    }

    private string Line()
    {
        var text = Encoding.Latin1.GetString(bytes, _at, bytes.Length - _at);
        var end = text.IndexOf("\r\n", StringComparison.Ordinal);
        if (end < 0) throw new EndOfStreamException();
        if (end == 0) throw new FormatException();
        _at += end + 2;
        return text[..end];
    }

    private static long Number(string text)
    {
        var digits = text.StartsWith('-') || text.StartsWith('+') ? text[1..] : text;
        if (digits.Length == 0 || text.Length > 23 || !digits.All(char.IsAsciiDigit)) throw new FormatException();
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number : throw new FormatException();
    }
}
