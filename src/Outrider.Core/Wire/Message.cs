namespace Outrider.Core;

/// <summary>
/// What nodes say to each other. Each protocol derives sealed records, writes them by hand and registers a reader:
/// no reflection, no polymorphic serializer on the wire.
/// </summary>
public abstract record Message
{
    /// <summary>Unique over all protocols; <see cref="MessageCodec"/> lists who owns which range.</summary>
    public abstract ushort Tag { get; }

    /// <summary>The group it concerns, for routing; default for node-level messages.</summary>
    public virtual GroupId Group => default;

    public abstract void Write(WireWriter writer);
}

/// <summary>Reads the body of one message; null for malformed bytes, never an exception.</summary>
public delegate Message? MessageReader(ref WireReader reader);

/// <summary>
/// Tag to reader. Ranges: 1-99 runtime, 100-199 replication, 200-299 log, 300-399 transactions, 400-499 cache.
/// </summary>
public sealed class MessageCodec
{
    private readonly MessageReader?[] _readers = new MessageReader?[1024];

    public MessageCodec Register(ushort tag, MessageReader reader)
    {
        Check.That(_readers[tag] is null);
        _readers[tag] = reader;
        return this;
    }

    public bool Knows(ushort tag) => tag < _readers.Length && _readers[tag] is not null;

    public static void Write(WireWriter writer, Message message)
    {
        writer.UInt16(message.Tag);
        message.Write(writer);
    }

    /// <summary>Null when the tag is unknown or the body is malformed.</summary>
    public Message? Read(ref WireReader reader)
    {
        if (!reader.UInt16(out var tag) || tag >= _readers.Length) return null;
        return _readers[tag] is { } read ? read(ref reader) : null;
    }
}
