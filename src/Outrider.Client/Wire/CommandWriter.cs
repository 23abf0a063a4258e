using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Outrider.Client.Wire;

/// <summary>Builds one command: the number of its arguments first, then each with its length.</summary>
public sealed class CommandWriter
{
    private readonly ArrayBufferWriter<byte> _body = new(256);
    private int _count;

    public CommandWriter Word(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Header((byte)'$', length, _body);
        Encoding.UTF8.GetBytes(text, _body.GetSpan(length));
        _body.Advance(length);
        return End();
    }

    public CommandWriter Number(long value)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, digits, out var length);
        return Bytes(digits[..length]);
    }

    public CommandWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        Header((byte)'$', bytes.Length, _body);
        _body.Write(bytes);
        return End();
    }

    /// <summary>The whole command.</summary>
    public ReadOnlyMemory<byte> Finish()
    {
        var whole = new ArrayBufferWriter<byte>(_body.WrittenCount + 16);
        Header((byte)'*', _count, whole);
        whole.Write(_body.WrittenSpan);
        return whole.WrittenMemory;
    }

    private CommandWriter End()
    {
        _body.Write("\r\n"u8);
        _count++;
        return this;
    }

    private static void Header(byte kind, long value, ArrayBufferWriter<byte> into)
    {
        var span = into.GetSpan(24);
        span[0] = kind;
        Utf8Formatter.TryFormat(value, span[1..], out var digits);
        "\r\n"u8.CopyTo(span[(digits + 1)..]);
        into.Advance(digits + 3);
    }
}
