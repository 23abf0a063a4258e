using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Outrider.Server.Resp;

/// <summary>
/// Writes replies. The newer kinds (maps, null, booleans, pushes) fall back to what the older protocol has, so that
/// commands need not ask which one a client speaks.
/// </summary>
public sealed class RespWriter(IBufferWriter<byte> output)
{
    /// <summary>2 or 3; what HELLO chose.</summary>
    public int Protocol { get; set; } = 2;

    public void Ok() => Raw("+OK\r\n"u8);

    public void Simple(string text) => Line((byte)'+', text);

    /// <summary>An error: a code in capitals, a space, and what happened. Line breaks would end it early.</summary>
    public void Error(string text) => Line((byte)'-', text.ReplaceLineEndings(" "));

    public void Integer(long value) => Header((byte)':', value);

    public void Null() => Raw(Protocol >= 3 ? "_\r\n"u8 : "$-1\r\n"u8);

    public void NullArray() => Raw(Protocol >= 3 ? "_\r\n"u8 : "*-1\r\n"u8);

    public void Boolean(bool value)
    {
        if (Protocol >= 3) Raw(value ? "#t\r\n"u8 : "#f\r\n"u8);
        else Integer(value ? 1 : 0);
    }

    public void Double(double value)
    {
        var text = value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        if (Protocol >= 3) Line((byte)',', text);
        else Bulk(text);
    }

    public void Array(int count) => Header((byte)'*', count);

    /// <summary>A map of <paramref name="pairs"/> keys, each followed by its value.</summary>
    public void Map(int pairs) => Header((byte)(Protocol >= 3 ? '%' : '*'), Protocol >= 3 ? pairs : 2L * pairs);

    /// <summary>An unasked message; only for clients that chose protocol 3.</summary>
    public void Push(int count) => Header((byte)'>', count);

    public void Bulk(ReadOnlySpan<byte> bytes)
    {
        Header((byte)'$', bytes.Length);
        output.Write(bytes);
        Raw("\r\n"u8);
    }

    public void Bulk(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Header((byte)'$', length);
        var span = output.GetSpan(length + 2);
        Encoding.UTF8.GetBytes(text, span);
        "\r\n"u8.CopyTo(span[length..]);
        output.Advance(length + 2);
    }

    /// <summary>Text with its format, for people: the newer protocol shows it without quotes.</summary>
    public void Verbatim(string text)
    {
        if (Protocol < 3)
        {
            Bulk(text);
            return;
        }

        var length = Encoding.UTF8.GetByteCount(text) + 4;
        Header((byte)'=', length);
        var span = output.GetSpan(length + 2);
        "txt:"u8.CopyTo(span);
        Encoding.UTF8.GetBytes(text, span[4..]);
        "\r\n"u8.CopyTo(span[length..]);
        output.Advance(length + 2);
    }

    private void Line(byte kind, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        var span = output.GetSpan(length + 3);
        span[0] = kind;
        Encoding.UTF8.GetBytes(text, span[1..]);
        "\r\n"u8.CopyTo(span[(length + 1)..]);
        output.Advance(length + 3);
    }

    private void Header(byte kind, long value)
    {
        var span = output.GetSpan(24);
        span[0] = kind;
        Utf8Formatter.TryFormat(value, span[1..], out var digits);
        "\r\n"u8.CopyTo(span[(digits + 1)..]);
        output.Advance(digits + 3);
    }

    private void Raw(ReadOnlySpan<byte> bytes) => output.Write(bytes);
}
