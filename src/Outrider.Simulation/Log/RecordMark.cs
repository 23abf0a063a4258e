using System.Buffers.Binary;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>What a simulated client writes into a record, so that it is known again wherever it turns up.</summary>
internal readonly record struct RecordMark(ulong Producer, long Sequence, int Item)
{
    public byte[] Encode(int bytes)
    {
        var payload = new byte[Math.Max(20, bytes)];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, Producer);
        BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(8), Sequence);
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(16), Item);
        return payload;
    }

    public static RecordMark Of(LogRecord record)
    {
        var bytes = record.Payload.Span;
        return new(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]));
    }

    public override string ToString() => $"p{Producer:x}/{Sequence}.{Item}";
}
