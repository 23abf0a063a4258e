using Outrider.Core;

namespace Outrider.Log;

/// <summary>A name and a value beside a record, or a field of a stream entry.</summary>
public readonly record struct RecordField(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Value);

/// <summary>
/// How the front doors lay out what the log itself takes as opaque: headers are name/value pairs beside the payload;
/// a stream entry (XADD) has nothing but fields, which then are the payload, so that they may be as large as one.
/// </summary>
/// <remarks>First byte of the headers: 1 = pairs follow, 2 = the payload holds the pairs. No headers: no
/// byte.</remarks>
public static class RecordFields
{
    private const byte Beside = 1;
    private const byte InPayload = 2;
    private static readonly byte[] InPayloadMark = [InPayload];

    /// <summary>Pairs in one record.</summary>
    public const int CountMax = 8192;

    /// <summary>A record of a payload and headers.</summary>
    public static RecordDraft Draft(
        string key, ReadOnlyMemory<byte> payload, IReadOnlyList<RecordField> headers, long timestampMs)
    {
        if (headers.Count == 0) return new(key, payload, default, timestampMs);
        var writer = new WireWriter(SizeMax(headers));
        writer.Byte(Beside);
        Write(writer, headers);
        return new(key, payload, writer.WrittenMemory, timestampMs);
    }

    /// <summary>A record that is nothing but fields.</summary>
    public static RecordDraft Entry(string key, IReadOnlyList<RecordField> fields, long timestampMs)
    {
        var writer = new WireWriter(SizeMax(fields));
        Write(writer, fields);
        return new(key, writer.WrittenMemory, InPayloadMark, timestampMs);
    }

    /// <summary>What <see cref="Draft"/> or <see cref="Entry"/> was given; a payload of an entry is empty. Headers
    /// of another form come back as one field without a name.</summary>
    public static (IReadOnlyList<RecordField> Fields, ReadOnlyMemory<byte> Payload) Read(LogRecord record)
    {
        if (record.Headers.IsEmpty) return ([], record.Payload);
        var mark = record.Headers.Span[0];
        if (mark == InPayload && record.Headers.Length == 1 && TryRead(record.Payload, out var entry))
            return (entry, default);
        if (mark == Beside && TryRead(record.Headers[1..], out var headers)) return (headers, record.Payload);
        return ([new(default, record.Headers)], record.Payload);
    }

    /// <summary>So that what is written is written once: growing would copy it.</summary>
    private static int SizeMax(IReadOnlyList<RecordField> fields)
    {
        var bytes = 8;
        for (var i = 0; i < fields.Count; i++) bytes += 10 + fields[i].Name.Length + fields[i].Value.Length;
        return bytes;
    }

    private static void Write(WireWriter writer, IReadOnlyList<RecordField> fields)
    {
        Check.That(fields.Count <= CountMax);
        writer.VarInt(fields.Count);
        for (var i = 0; i < fields.Count; i++)
        {
            writer.Bytes(fields[i].Name.Span);
            writer.Bytes(fields[i].Value.Span);
        }
    }

    private static bool TryRead(ReadOnlyMemory<byte> bytes, out IReadOnlyList<RecordField> fields)
    {
        fields = [];
        var reader = new WireReader(bytes);
        // Each field takes two length bytes at least.
        if (!reader.Count(out var count, CountMax, bytesEach: 2)) return false;
        var read = new RecordField[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.Bytes(out var name, bytes.Length) || !reader.Bytes(out var value, bytes.Length)) return false;
            read[i] = new(name, value);
        }

        fields = read;
        return reader.Left == 0;
    }
}
