using System.Buffers.Binary;
using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>One frame read, or why there is none.</summary>
/// <param name="Body">The frame's body in an array of its own: slices of it stay valid.</param>
/// <param name="Failure">Null for a frame; empty for an orderly end between frames.</param>
internal readonly record struct ReceivedFrame(ReadOnlyMemory<byte> Body, string? Failure)
{
    public bool IsEnd => Failure is { Length: 0 };
}

/// <summary>
/// Cuts a byte stream into frames. It holds one small buffer, and one array of the frame's length once a length within
/// bounds has been read: what a connection can make this process hold is known beforehand.
/// </summary>
internal sealed class FrameReceiver(Stream stream, int bufferBytes)
{
    private byte[] _buffer = new byte[bufferBytes];
    private int _start;
    private int _end;

    /// <summary>A larger buffer for a connection that has proved who it is.</summary>
    public void Grow(int bytes)
    {
        if (bytes > _buffer.Length) Array.Resize(ref _buffer, bytes);
    }

    public async ValueTask<ReceivedFrame> ReadAsync(int bodyBytesMax, CancellationToken cancellation)
    {
        while (_end - _start < Frame.HeaderBytes)
        {
            if (_start > 0)
            {
                Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
                (_start, _end) = (0, _end - _start);
            }

            var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
            if (count == 0) return new(default, _end == 0 ? "" : "the connection ended within a frame's header");
            _end += count;
        }

        var head = _buffer.AsSpan(_start, Frame.HeaderBytes);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(head);
        if (length > (uint)bodyBytesMax)
            return new(default, $"a frame of {length} bytes, {bodyBytesMax} are allowed (not a node, or garbage)");
        if (head[8] != Frame.Version)
            return new(default, $"frame version {head[8]}, this release reads {Frame.Version}");
        var whole = GC.AllocateUninitializedArray<byte>(Frame.HeaderBytes + (int)length);
        var have = Math.Min(whole.Length, _end - _start);
        Buffer.BlockCopy(_buffer, _start, whole, 0, have);
        _start += have;
        while (have < whole.Length)
        {
            var count = await stream.ReadAsync(whole.AsMemory(have), cancellation).ConfigureAwait(false);
            if (count == 0) return new(default, $"the connection ended after {have} of a frame's {whole.Length} bytes");
            have += count;
        }

        var outcome = Frame.TryRead(whole, bodyBytesMax, out var body, out _);
        return outcome == FrameOutcome.Ok
            ? new(whole.AsMemory(Frame.HeaderBytes, body), null)
            : new(default, $"a damaged frame ({outcome})");
    }
}
