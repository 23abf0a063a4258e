using Outrider.Core;
using Outrider.Log;
using Outrider.Server.Resp;

namespace Outrider.Server.Commands;

/// <summary>Records on the wire: [position, key, timestampMs, payload, [name, value, ...]].</summary>
public static class LogRecords
{
    /// <summary>Those that clients see: streams of groups are the server's own.</summary>
    public static void Write(RespWriter reply, IReadOnlyList<LogRecord> records)
    {
        var shown = 0;
        for (var i = 0; i < records.Count; i++)
            if (!GroupCodec.IsGroupStream(records[i].Key)) shown++;
        reply.Array(shown);
        for (var i = 0; i < records.Count; i++)
            if (!GroupCodec.IsGroupStream(records[i].Key)) Write(reply, records[i]);
    }

    public static void Write(RespWriter reply, LogRecord record)
    {
        var (fields, payload) = RecordFields.Read(record);
        reply.Array(5);
        reply.Integer(record.Position.Value);
        reply.Bulk(record.Key);
        reply.Integer(record.TimestampMs);
        reply.Bulk(payload.Span);
        reply.Array(2 * fields.Count);
        for (var f = 0; f < fields.Count; f++)
        {
            reply.Bulk(fields[f].Name.Span);
            reply.Bulk(fields[f].Value.Span);
        }
    }

    public static ReadOnlySpan<byte> Word(Certainty certainty) => certainty switch
    {
        Certainty.Speculative => "speculative"u8,
        Certainty.Confirmed => "confirmed"u8,
        Certainty.Revoked => "revoked"u8,
        _ => throw Check.Unreachable(certainty),
    };
}
