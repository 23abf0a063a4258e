using Outrider.Core;

namespace Outrider.Log;

/// <summary>Requests and replies of the log as bytes, for those that one node carries to another.</summary>
internal static class RequestWire
{
    private const int TextMax = 4096;
    private const int HolderMax = 2 * Limits.KeyBytesMax;
    private const int ItemsMax = 1 << 20;

    public static void Write(WireWriter writer, Request ask)
    {
        switch (ask)
        {
            case LogAppend append:
                writer.Byte(1);
                writer.UInt64(append.Producer.Value);
                writer.VarInt(append.Sequence);
                writer.Byte((byte)append.Durability);
                WriteOptional(writer, append.ExpectedTail);
                writer.Text(append.Records[0].Key);
                writer.VarInt(append.Records.Count);
                for (var i = 0; i < append.Records.Count; i++) WriteDraft(writer, append.Records[i]);
                break;
            case KeyRead read:
                writer.Byte(2);
                writer.Text(read.Key);
                writer.VarInt(read.From.Value);
                writer.VarInt(read.To.Value);
                writer.VarInt(read.MaxRecords);
                writer.Bool(read.Descending);
                break;
            case KeyInfo info:
                writer.Byte(3);
                writer.Text(info.Key);
                break;
            case KeyTrim trim:
                writer.Byte(4);
                writer.Text(trim.Key);
                WriteOptional(writer, trim.Below?.Value);
                WriteOptional(writer, trim.KeepLast);
                writer.Bool(trim.Force);
                break;
            case LogTail:
                writer.Byte(5);
                break;
            case LogTrim trim:
                writer.Byte(6);
                writer.VarInt(trim.Below.Value);
                writer.Bool(trim.Force);
                break;
            case GroupsBelow wish:
                writer.Byte(9);
                writer.VarInt(wish.Shard.Value);
                writer.VarInt(wish.Seat);
                writer.VarInt(wish.Below.Value);
                writer.Bool(wish.Keep);
                break;
            case LogDrain drain:
                writer.Byte(7);
                writer.VarInt(drain.Node.Value);
                writer.Bool(drain.Drain);
                break;
            case GroupYield over:
                writer.Byte(8);
                writer.Text(over.Key);
                break;
            case HeldAsk held:
                writer.Byte(10);
                writer.VarInt(held.Node.Value);
                break;
            case LogLose lose:
                writer.Byte(11);
                writer.VarInt(lose.Rid.Value);
                writer.VarInt(lose.From.Value);
                break;
            default:
                throw Check.Unreachable(ask);
        }
    }

    public static Request? ReadRequest(ref WireReader reader)
    {
        if (!reader.Byte(out var kind)) return null;
        switch (kind)
        {
            case 1:
                return ReadAppend(ref reader);
            case 2:
                return reader.Text(out var key, Limits.KeyBytesMax) && reader.VarInt(out var from)
                    && reader.VarInt(out var to) && reader.Count(out var max, int.MaxValue, 0)
                    && reader.Bool(out var down) ? new KeyRead(key, new(from), new(to), max, down) : null;
            case 3:
                return reader.Text(out var of, Limits.KeyBytesMax) ? new KeyInfo(of) : null;
            case 4:
                return reader.Text(out var at, Limits.KeyBytesMax) && ReadOptional(ref reader, out var below)
                    && ReadOptional(ref reader, out var keep) && reader.Bool(out var force)
                    ? new KeyTrim(at, below is { } b ? new Position(b) : null, keep, force) : null;
            case 5:
                return new LogTail();
            case 6:
                return reader.VarInt(out var position) && reader.Bool(out var all)
                    ? new LogTrim(new(position), all) : null;
            case 7:
                return reader.VarInt(out var node) && reader.Bool(out var on) ? new LogDrain(new((int)node), on) : null;
            case 8:
                return reader.Text(out var over, Limits.KeyBytesMax) ? new GroupYield(over) : null;
            case 9:
                return reader.Count(out var shard, LogParameters.ShardsMax, 0)
                    && reader.Count(out var seat, LogParameters.SeatsMax, 0) && reader.VarInt(out var wished)
                    && reader.Bool(out var isSure) ? new GroupsBelow(new(shard), seat, new(wished), isSure) : null;
            case 10:
                return reader.Count(out var holder, int.MaxValue, 0) ? new HeldAsk(new(holder)) : null;
            case 11:
                return reader.Count(out var rid, int.MaxValue, 0) && reader.VarInt(out var first) && first >= 0
                    ? new LogLose(new(rid), new(first)) : null;
            default:
                return null;
        }
    }

    private static LogAppend? ReadAppend(ref WireReader reader)
    {
        if (!reader.UInt64(out var producer) || !reader.VarInt(out var sequence)
            || !ReadClass(ref reader, out var durability) || !ReadOptional(ref reader, out var tail)
            || !reader.Text(out var key, Limits.KeyBytesMax)
            || !reader.Count(out var count, Limits.BatchRecordsMax, 3) || count == 0) return null;
        var records = new RecordDraft[count];
        for (var i = 0; i < count; i++)
        {
            if (ReadDraft(ref reader, key) is not { } draft) return null;
            records[i] = draft;
        }

        return new(records, new(producer), sequence, durability, tail);
    }

    private static void WriteDraft(WireWriter writer, RecordDraft draft)
    {
        writer.VarInt(draft.TimestampMs);
        writer.Bytes(draft.Headers.Span);
        writer.Bytes(draft.Payload.Span);
    }

    private static RecordDraft? ReadDraft(ref WireReader reader, string key) =>
        reader.VarInt(out var time) && reader.Bytes(out var headers, Limits.RecordBytesMax)
        && reader.Bytes(out var payload, Limits.RecordBytesMax)
            ? new(key, payload.ToArray(), headers.ToArray(), time) : null;

    public static void Write(WireWriter writer, LogReply reply)
    {
        switch (reply)
        {
            case LogReply.Appended appended:
                writer.Byte(1);
                writer.Byte((byte)appended.Durability);
                writer.Bool(appended.Duplicate);
                writer.VarInt(appended.Positions.Count);
                for (var i = 0; i < appended.Positions.Count; i++) writer.VarInt(appended.Positions[i].Value);
                break;
            case LogReply.Refused refused:
                writer.Byte(2);
                writer.Byte((byte)refused.Code);
                writer.Text(refused.Reason);
                break;
            case LogReply.Unknown unknown:
                writer.Byte(3);
                writer.Text(unknown.Reason);
                break;
            case LogReply.Records records:
                writer.Byte(4);
                writer.Byte((byte)records.Certainty);
                writer.VarInt(records.Next.Value);
                writer.VarInt(records.View.Value);
                writer.VarInt(records.Items.Count);
                for (var i = 0; i < records.Items.Count; i++) WriteRecord(writer, records.Items[i]);
                break;
            case LogReply.Tail tail:
                writer.Byte(5);
                writer.VarInt(tail.ConfirmedEnd.Value);
                writer.VarInt(tail.SpeculativeEnd.Value);
                writer.VarInt(tail.View.Value);
                break;
            case LogReply.Key key:
                writer.Byte(6);
                writer.VarInt(key.Count);
                WriteOptional(writer, key.First?.Value);
                WriteOptional(writer, key.Last?.Value);
                break;
            case LogReply.Trimmed trimmed:
                writer.Byte(7);
                writer.VarInt(trimmed.Below.Value);
                writer.VarInt(trimmed.Removed);
                writer.Text(trimmed.HeldBy ?? "");
                break;
            case LogReply.Done:
                writer.Byte(8);
                break;
            case LogReply.Behind behind:
                writer.Byte(9);
                writer.VarInt(behind.By.Value);
                writer.VarInt(behind.UnderWay.Count);
                for (var i = 0; i < behind.UnderWay.Count; i++) writer.Bytes(behind.UnderWay[i].Span);
                break;
            case LogReply.Held held:
                writer.Byte(10);
                writer.VarInt(held.Items.Count);
                for (var i = 0; i < held.Items.Count; i++) WriteHeld(writer, held.Items[i]);
                break;
            default:
                throw Check.Unreachable(reply);
        }
    }

    public static LogReply? ReadReply(ref WireReader reader)
    {
        if (!reader.Byte(out var kind)) return null;
        switch (kind)
        {
            case 1: return ReadAppended(ref reader);
            case 2:
                return reader.Byte(out var code) && reader.Text(out var reason, TextMax)
                    && (LogRefusal)code is >= LogRefusal.Overloaded and <= LogRefusal.UnknownProducer
                    ? new LogReply.Refused((LogRefusal)code, reason) : null;
            case 3: return reader.Text(out var why, TextMax) ? new LogReply.Unknown(why) : null;
            case 4: return ReadRecords(ref reader);
            case 5:
                return reader.VarInt(out var end) && reader.VarInt(out var ahead) && reader.VarInt(out var view)
                    ? new LogReply.Tail(new(end), new(ahead), new(view)) : null;
            case 6:
                return reader.VarInt(out var count) && ReadOptional(ref reader, out var first)
                    && ReadOptional(ref reader, out var last)
                    ? new LogReply.Key(count, first is { } f ? new Position(f) : null,
                        last is { } l ? new Position(l) : null) : null;
            case 7:
                return reader.VarInt(out var below) && reader.VarInt(out var removed)
                    && reader.Text(out var holder, HolderMax)
                    ? new LogReply.Trimmed(new(below), removed, holder.Length == 0 ? null : holder) : null;
            case 8: return new LogReply.Done();
            case 9: return ReadBehind(ref reader);
            case 10: return ReadHeld(ref reader);
            default: return null;
        }
    }

    private static LogReply.Behind? ReadBehind(ref WireReader reader)
    {
        if (!reader.VarInt(out var by) || by is < 0 or > int.MaxValue
            || !reader.Count(out var count, ItemsMax)) return null;
        var records = new ReadOnlyMemory<byte>[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.Bytes(out var record, Limits.RecordBytesMax)) return null;
            records[i] = record.ToArray();
        }

        return new(records, new((int)by));
    }

    private static void WriteHeld(WireWriter writer, in HeldSlots held)
    {
        writer.VarInt(held.Rid.Value);
        writer.VarInt(held.End.Value);
        writer.Bool(held.IsMissing);
        writer.Bool(held.IsDamaged);
    }

    private static LogReply.Held? ReadHeld(ref WireReader reader)
    {
        if (!reader.Count(out var count, ItemsMax, 4)) return null;
        var items = new HeldSlots[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.Count(out var rid, int.MaxValue, 0) || !reader.VarInt(out var end) || end < 0
                || !reader.Bool(out var isMissing) || !reader.Bool(out var isDamaged)) return null;
            items[i] = new(new(rid), new(end), isMissing, isDamaged);
        }

        return new(items);
    }

    private static LogReply.Appended? ReadAppended(ref WireReader reader)
    {
        if (!ReadClass(ref reader, out var durability) || !reader.Bool(out var duplicate)
            || !reader.Count(out var count, Limits.BatchRecordsMax)) return null;
        var positions = new Position[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.VarInt(out var position)) return null;
            positions[i] = new(position);
        }

        return new(positions, durability, duplicate);
    }

    private static void WriteRecord(WireWriter writer, LogRecord record)
    {
        writer.VarInt(record.Position.Value);
        writer.VarInt(record.Rid.Value);
        writer.VarInt(record.Lsn.Value);
        writer.Text(record.Key);
        writer.VarInt(record.TimestampMs);
        writer.Bytes(record.Headers.Span);
        writer.Bytes(record.Payload.Span);
    }

    private static LogReply.Records? ReadRecords(ref WireReader reader)
    {
        if (!reader.Byte(out var certainty) || !reader.VarInt(out var next) || !reader.VarInt(out var view)
            || !reader.Count(out var count, ItemsMax, 7)
            || (Certainty)certainty is < Certainty.Speculative or > Certainty.Revoked) return null;
        var items = new LogRecord[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.VarInt(out var position) || !reader.VarInt(out var rid) || !reader.VarInt(out var lsn)
                || !reader.Text(out var key, Limits.KeyBytesMax)
                || ReadDraft(ref reader, key) is not { } draft) return null;
            items[i] = new(
                new(position), new((int)rid), new(lsn), key, draft.Payload, draft.Headers, draft.TimestampMs);
        }

        return new(items, (Certainty)certainty, new(next), new(view));
    }

    private static bool ReadClass(ref WireReader reader, out Durability value)
    {
        var ok = reader.Byte(out var raw);
        value = (Durability)raw;
        return ok && value is (Durability.MemoryQuorum or Durability.FsyncQuorum);
    }

    private static void WriteOptional(WireWriter writer, long? value)
    {
        writer.Bool(value is not null);
        if (value is { } number) writer.VarInt(number);
    }

    private static bool ReadOptional(ref WireReader reader, out long? value)
    {
        value = null;
        if (!reader.Bool(out var present)) return false;
        if (!present) return true;
        if (!reader.VarInt(out var number)) return false;
        value = number;
        return true;
    }
}
