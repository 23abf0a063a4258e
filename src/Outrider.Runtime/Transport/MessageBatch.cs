using System.Buffers.Binary;
using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>
/// Many messages in one <see cref="Frame"/>: each with its length before it, so that one that a reader does not know
/// (of a newer release) is skipped without losing the rest.
/// </summary>
/// <remarks>Body: u8 kind, then (u32 length, u16 tag, message)*.</remarks>
public sealed class MessageBatch
{
    /// <summary>A frame that has reached this size is sent off; a longer one would delay what is behind it.</summary>
    public const int TargetBytes = 256 << 10;

    private readonly WireWriter _writer = new(4096);
    private int _frameStart = -1;

    public int Count { get; private set; }

    public bool IsEmpty => Count == 0;

    /// <summary>Bytes of the frame so far, with its header.</summary>
    public int Length => _writer.Length;

    public void Add(Message message)
    {
        if (_frameStart < 0)
        {
            _frameStart = Frame.Begin(_writer);
            _writer.Byte((byte)FrameKind.Messages);
        }

        var at = _writer.Length;
        _writer.UInt32(0);
        MessageCodec.Write(_writer, message);
        _writer.PatchUInt32(at, (uint)(_writer.Length - at - 4));
        Count++;
    }

    /// <summary>Closes the frame; valid until the next <see cref="Add"/> or <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Seal()
    {
        Check.That(Count > 0);
        Frame.End(_writer, _frameStart);
        return _writer.Written;
    }

    public void Clear()
    {
        _writer.Clear();
        _frameStart = -1;
        Count = 0;
    }

    /// <summary>
    /// Reads the messages of a frame's body, less its kind; false when the frame or a message is malformed. Messages
    /// of an unknown tag are counted in <paramref name="unknown"/> and skipped.
    /// </summary>
    public static bool TryRead(
        MessageCodec codec, ReadOnlyMemory<byte> body, List<Message> into, out int unknown)
    {
        unknown = 0;
        var rest = body;
        while (rest.Length > 0)
        {
            var head = new WireReader(rest);
            if (!head.UInt32(out var length) || length < 2 || length > (uint)head.Left) return false;
            var reader = new WireReader(rest.Slice(4, (int)length));
            if (codec.Read(ref reader) is { } message)
            {
                // Bytes behind the last known field come from a newer release and are none of our business.
                into.Add(message);
            }
            else if (BinaryPrimitives.ReadUInt16LittleEndian(rest.Span[4..]) is var tag && codec.Knows(tag))
            {
                return false;
            }
            else
            {
                unknown++;
            }

            rest = rest[(4 + (int)length)..];
        }

        return true;
    }
}
