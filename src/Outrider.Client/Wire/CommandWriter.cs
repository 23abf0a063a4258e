using System.Buffers.Text;
using System.Text;

namespace Outrider.Client.Wire;

/// <summary>
/// Builds one command: the number of its arguments first, then each with its length. In one array, which is the
/// command in the end: room for the number is left before the arguments.
/// </summary>
/// <param name="bodyBytes">About how long the arguments will be; more is no error.</param>
public sealed class CommandWriter(int bodyBytes = 240)
{
    private const int HeadBytesMax = 16;
    private const int NumberBytesMax = 24;

    private byte[] _bytes = new byte[HeadBytesMax + bodyBytes];
    private int _end = HeadBytesMax;
    private int _count;

    public CommandWriter Word(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Header(length);
        Encoding.UTF8.GetBytes(text, Take(length));
        return End();
    }

    public CommandWriter Number(long value)
    {
        Span<byte> digits = stackalloc byte[NumberBytesMax];
        Utf8Formatter.TryFormat(value, digits, out var length);
        return Bytes(digits[..length]);
    }

    public CommandWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        Header(bytes.Length);
        bytes.CopyTo(Take(bytes.Length));
        return End();
    }

    /// <summary>The whole command; the writer is done with.</summary>
    public ReadOnlyMemory<byte> Finish()
    {
        Span<byte> head = stackalloc byte[HeadBytesMax];
        head[0] = (byte)'*';
        Utf8Formatter.TryFormat(_count, head[1..], out var digits);
        "\r\n"u8.CopyTo(head[(digits + 1)..]);
        var start = HeadBytesMax - digits - 3;
        head[..(digits + 3)].CopyTo(_bytes.AsSpan(start));
        return _bytes.AsMemory(start, _end - start);
    }

    private CommandWriter End()
    {
        "\r\n"u8.CopyTo(Take(2));
        _count++;
        return this;
    }

    private void Header(int length)
    {
        Span<byte> digits = stackalloc byte[NumberBytesMax];
        Utf8Formatter.TryFormat(length, digits, out var count);
        Take(1)[0] = (byte)'$';
        digits[..count].CopyTo(Take(count));
        "\r\n"u8.CopyTo(Take(2));
    }

    private Span<byte> Take(int bytes)
    {
        if (_bytes.Length - _end < bytes) Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _end + bytes));
        _end += bytes;
        return _bytes.AsSpan(_end - bytes, bytes);
    }
}
