using Outrider.Core;

namespace Outrider.Log;

/// <summary>Entries of the ordering stream as bytes: a count, then each change by its kind.</summary>
public static class OrderingCodec
{
    private const int ChangesMax = 1 << 16;
    private const int RidsMax = 1 << 20;

    public static byte[] Encode(IReadOnlyList<OrderingChange> changes)
    {
        var writer = new WireWriter(64);
        writer.VarInt(changes.Count);
        for (var i = 0; i < changes.Count; i++) Write(writer, changes[i]);
        return writer.ToArray();
    }

    /// <summary>Null for malformed bytes.</summary>
    public static IReadOnlyList<OrderingChange>? Decode(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        if (!reader.Count(out var count, ChangesMax)) return null;
        var changes = new List<OrderingChange>(count);
        for (var i = 0; i < count; i++)
        {
            if (Read(ref reader) is not { } change) return null;
            changes.Add(change);
        }

        return reader.Left == 0 ? changes : null;
    }

    private static void Write(WireWriter writer, OrderingChange change)
    {
        switch (change)
        {
            case OrderingChange.Open(var parameters):
                writer.Byte(1);
                WriteParameters(writer, parameters);
                break;
            case OrderingChange.Admit(var origin):
                writer.Byte(2);
                WriteOrigin(writer, origin);
                break;
            case OrderingChange.Commit commit:
                writer.Byte(3);
                writer.VarInt(commit.Window);
                writer.VarInt(commit.Row);
                writer.VarInt(commit.First);
                break;
            case OrderingChange.FixWindow fix:
                writer.Byte(4);
                WriteFix(writer, fix);
                break;
            case OrderingChange.Fail fail:
                writer.Byte(5);
                writer.VarInt(fail.Rid.Value);
                writer.VarInt(fail.Keep.Value);
                break;
            case OrderingChange.Trim trim:
                writer.Byte(6);
                writer.VarInt(trim.Below.Value);
                break;
            case OrderingChange.Lose lose:
                writer.Byte(7);
                writer.VarInt(lose.Rid.Value);
                writer.VarInt(lose.From.Value);
                break;
            default:
                throw Check.Unreachable(change);
        }
    }

    private static OrderingChange? Read(ref WireReader reader)
    {
        if (!reader.Byte(out var kind)) return null;
        switch (kind)
        {
            case 1:
                return ReadParameters(ref reader) is { } parameters ? new OrderingChange.Open(parameters) : null;
            case 2:
                return ReadOrigin(ref reader) is { } origin ? new OrderingChange.Admit(origin) : null;
            case 3:
                return Number(ref reader, out var window) && Number(ref reader, out var row)
                    && Number(ref reader, out var first) && first <= RidsMax
                    ? new OrderingChange.Commit(window, row, (int)first) : null;
            case 4:
                return ReadFix(ref reader);
            case 5:
                return ReadRid(ref reader, out var rid) && Number(ref reader, out var keep)
                    ? new OrderingChange.Fail(rid, new(keep)) : null;
            case 6:
                return Number(ref reader, out var below) ? new OrderingChange.Trim(new(below)) : null;
            case 7:
                return ReadRid(ref reader, out var loser) && Number(ref reader, out var from)
                    ? new OrderingChange.Lose(loser, new(from)) : null;
            default:
                return null;
        }
    }

    internal static void WriteParameters(WireWriter writer, LogParameters parameters)
    {
        writer.Byte((byte)parameters.Mode);
        writer.VarInt(parameters.RowsPerWindow);
        writer.VarInt(parameters.RunAheadRows);
        writer.Bool(parameters.Rotate);
        writer.VarInt(parameters.Shards);
        writer.VarInt(parameters.SeatsPerShard);
    }

    internal static LogParameters? ReadParameters(ref WireReader reader)
    {
        if (!reader.Byte(out var mode) || !reader.Count(out var rows, LogParameters.RowsMax, 0)
            || !reader.Count(out var ahead, LogParameters.RowsMax, 0) || !reader.Bool(out var rotate)
            || !reader.Count(out var shards, LogParameters.ShardsMax, 0)
            || !reader.Count(out var seats, LogParameters.SeatsMax, 0)) return null;
        var parameters = new LogParameters((OrderingMode)mode, rows, ahead, rotate, shards, seats);
        return parameters.IsSound ? parameters : null;
    }

    internal static void WriteOrigin(WireWriter writer, RidOrigin origin)
    {
        writer.VarInt(origin.Shard.Value);
        writer.VarInt(origin.Seat);
        writer.VarInt(origin.Node.Value);
        writer.VarInt(origin.Incarnation.Value);
        writer.VarInt(origin.Copies.Count);
        for (var i = 0; i < origin.Copies.Count; i++)
        {
            writer.VarInt(origin.Copies[i].Node.Value);
            writer.Bool(origin.Copies[i].Home);
        }
    }

    internal static RidOrigin? ReadOrigin(ref WireReader reader)
    {
        if (!reader.Count(out var shard, LogParameters.ShardsMax, 0)
            || !reader.Count(out var seat, LogParameters.SeatsMax, 0)
            || !Number(ref reader, out var node) || node > int.MaxValue || !Number(ref reader, out var life)
            || !reader.Count(out var count, Limits.MembersMax, 2)) return null;
        var copies = new RidCopy[count];
        for (var i = 0; i < count; i++)
        {
            if (!Number(ref reader, out var at) || at > int.MaxValue || !reader.Bool(out var home)) return null;
            copies[i] = new(new((int)at), home);
        }

        return new(new(shard), seat, new((int)node), new(life), copies);
    }

    private static void WriteFix(WireWriter writer, OrderingChange.FixWindow fix)
    {
        writer.VarInt(fix.Index);
        writer.VarInt(fix.RowsOfPrevious);
        writer.VarInt(fix.Quotas.Count);
        for (var i = 0; i < fix.Quotas.Count; i++)
        {
            writer.VarInt(fix.Quotas[i].Rid.Value);
            writer.VarInt(fix.Quotas[i].Quota);
        }

        WriteRids(writer, fix.Joins);
        WriteRids(writer, fix.Leaves);
    }

    private static OrderingChange.FixWindow? ReadFix(ref WireReader reader)
    {
        if (!Number(ref reader, out var index) || !Number(ref reader, out var rows)
            || !reader.Count(out var count, RidsMax, 2)) return null;
        var quotas = new RidQuota[count];
        for (var i = 0; i < count; i++)
        {
            if (!ReadRid(ref reader, out var rid) || !Number(ref reader, out var quota)) return null;
            if (quota is < 1 or > int.MaxValue) return null;
            // Ascending and without repetition: a participant counted twice would shift every position.
            if (i > 0 && quotas[i - 1].Rid.Value >= rid.Value) return null;
            quotas[i] = new(rid, (int)quota);
        }

        if (ReadRids(ref reader) is not { } joins || ReadRids(ref reader) is not { } leaves) return null;
        return new(index, rows, quotas, joins, leaves);
    }

    private static void WriteRids(WireWriter writer, IReadOnlyList<Rid> rids)
    {
        writer.VarInt(rids.Count);
        for (var i = 0; i < rids.Count; i++) writer.VarInt(rids[i].Value);
    }

    private static Rid[]? ReadRids(ref WireReader reader)
    {
        if (!reader.Count(out var count, RidsMax)) return null;
        var rids = new Rid[count];
        for (var i = 0; i < count; i++)
            if (!ReadRid(ref reader, out rids[i])) return null;
        return rids;
    }

    private static bool ReadRid(ref WireReader reader, out Rid rid)
    {
        var ok = Number(ref reader, out var value) && value < RidsMax;
        rid = new((int)value);
        return ok;
    }

    private static bool Number(ref WireReader reader, out long value) => reader.VarInt(out value) && value >= 0;
}
