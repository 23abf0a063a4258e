using System.Globalization;
using Outrider.Core;
using Outrider.Log;
using Outrider.Server.Access;
using Outrider.Server.Resp;

namespace Outrider.Server.Commands;

/// <summary>The log's own commands: everything that streams of Redis have no word for.</summary>
public static class LogCommands
{
    private const string AppendUsage = "key [PRODUCER hex SEQ n] [DURABILITY memory-quorum|fsync-quorum] "
        + "[EXPECT position] [TIMESTAMP ms] VALUES payload [payload ...] "
        + "| RECORDS n (timestampMs headers [name value ...] payload) ...";

    public static IReadOnlyList<Command> All { get; } =
    [
        new("LOG.APPEND", -4, Role.Write, 1, AppendUsage, "Appends a batch of records of one key.", Append,
            Overlaps: true),
        new("LOG.READ", -1, Role.Read, 0, "[FROM position] [COUNT n] [BYTES n] [KEY key] [TO position] [REV]",
            "Confirmed records of all keys, or of one, in order.", Read),
        new("LOG.KEY", 2, Role.Read, 1, "key", "How many records a key has, its first and its last position.", Key),
        new("LOG.TRIM", -2, Role.Write, 0, "position [FORCE]",
            "Forgets everything below a position; what a consumer group still needs with FORCE only.", Trim),
        new("LOG.MISSING", 1, Role.Read, 0, "", "Slots of ended sub-logs that no copy answers for.", Missing),
        new("LOG.GIVEUP", -2, Role.Admin, 0, "rid [FORCE]",
            "Declares lost what no copy of an ended sub-log answers for; while one may return with FORCE only.",
            GiveUp),
        new("LOG.TAIL", 1, Role.Read, 0, "", "Where the log ends, confirmed and speculative.", Tail),
        new("LOG.STATUS", 1, Role.Read, 0, "", "The log as this node sees it.", Status),
        new("LOG.LAYOUT", 1, Role.Read, 0, "", "Regions, nodes, where their clients connect, who holds what.", Layout),
    ];

    private static async ValueTask Append(CommandCall call)
    {
        var key = call.Key(1);
        var producer = ProducerId.None;
        var sequence = 0L;
        var durability = Durability.FsyncQuorum;
        long? expected = null;
        var timestampMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var at = 2;
        while (!call.Is(at, "VALUES"u8) && !call.Is(at, "RECORDS"u8))
        {
            call.Need(at, 2, "LOG.APPEND " + AppendUsage);
            if (call.Is(at, "PRODUCER"u8)) producer = Producer(call, at + 1);
            else if (call.Is(at, "SEQ"u8)) sequence = call.LongFrom(at + 1, "SEQ", 0);
            else if (call.Is(at, "DURABILITY"u8)) durability = DurabilityOf(call, at + 1);
            else if (call.Is(at, "EXPECT"u8)) expected = call.LongFrom(at + 1, "EXPECT", -1);
            else if (call.Is(at, "TIMESTAMP"u8)) timestampMs = call.LongFrom(at + 1, "TIMESTAMP", 0);
            else throw CommandError.Syntax("LOG.APPEND " + AppendUsage);
            at += 2;
        }

        var records = call.Is(at, "VALUES"u8) ? Values(call, key, at + 1, timestampMs) : Records(call, key, at + 1);
        // A condition is judged against what stands there: earlier appends of this client must stand by then.
        if (expected is not null) await call.DrainAsync().ConfigureAwait(false);
        call.Defer(new LogAppend(records, producer, sequence, durability, expected), WriteAppended);
    }

    private static RecordDraft[] Values(CommandCall call, string key, int at, long timestampMs)
    {
        call.Need(at, 1, "VALUES payload [payload ...]");
        var records = new RecordDraft[BatchSize(call.Count - at)];
        for (var i = 0; i < records.Length; i++) records[i] = new(key, call.Bytes(at + i), default, timestampMs);
        return records;
    }

    private static RecordDraft[] Records(CommandCall call, string key, int at)
    {
        const string usage = "RECORDS n (timestampMs headers [name value ...] payload) ...";
        call.Need(at, 1, usage);
        var records = new RecordDraft[BatchSize(call.LongFrom(at++, "RECORDS", 1))];
        for (var i = 0; i < records.Length; i++)
        {
            call.Need(at, 3, usage);
            var timestampMs = call.LongFrom(at, "the timestamp", 0);
            var headers = new RecordField[call.LongFrom(at + 1, "the number of headers", 0, RecordFields.CountMax)];
            at += 2;
            call.Need(at, (2 * headers.Length) + 1, usage);
            for (var h = 0; h < headers.Length; h++, at += 2) headers[h] = new(call.Bytes(at), call.Bytes(at + 1));
            records[i] = RecordFields.Draft(key, call.Bytes(at++), headers, timestampMs);
        }

        return at == call.Count ? records : throw CommandError.Syntax(usage);
    }

    private static int BatchSize(long count) => count <= Limits.BatchRecordsMax ? (int)count
        : throw new CommandError($"ERR a batch of {count} records, where {Limits.BatchRecordsMax} are allowed");

    private static ProducerId Producer(CommandCall call, int at) =>
        ulong.TryParse(call.Text(at), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id)
            ? new(id) : throw new CommandError("ERR a producer is a number of at most 16 hexadecimal digits");

    private static Durability DurabilityOf(CommandCall call, int at) => call.Text(at).ToLowerInvariant() switch
    {
        "fsync-quorum" or "fsync" => Durability.FsyncQuorum,
        "memory-quorum" or "memory" => Durability.MemoryQuorum,
        _ => throw CommandError.Syntax("DURABILITY memory-quorum|fsync-quorum"),
    };

    private static void WriteAppended(RespWriter reply, Reply answer)
    {
        if (answer is not LogReply.Appended appended)
        {
            if (!Replies.TryWriteFailure(reply, answer)) Replies.WriteUnexpected(reply, answer);
            return;
        }

        reply.Map(3);
        reply.Bulk("positions"u8);
        reply.Array(appended.Positions.Count);
        for (var i = 0; i < appended.Positions.Count; i++) reply.Integer(appended.Positions[i].Value);
        reply.Bulk("durability"u8);
        reply.Bulk(appended.Durability == Durability.FsyncQuorum ? "fsync-quorum"u8 : "memory-quorum"u8);
        reply.Bulk("duplicate"u8);
        reply.Boolean(appended.Duplicate);
    }

    private static async ValueTask Read(CommandCall call)
    {
        const string usage = "LOG.READ [FROM position] [COUNT n] [BYTES n] [KEY key] [TO position] [REV]";
        var from = StreamIds.First;
        var to = StreamIds.Last;
        var (count, bytes, descending) = (1000, RespLimits.ReadBytesMax, false);
        string? key = null;
        for (var at = 1; at < call.Count;)
        {
            if (call.Is(at, "REV"u8))
            {
                descending = true;
                at++;
                continue;
            }

            call.Need(at, 2, usage);
            if (call.Is(at, "FROM"u8)) from = new(call.LongFrom(at + 1, "FROM", 0));
            else if (call.Is(at, "TO"u8)) to = new(call.LongFrom(at + 1, "TO", 0));
            else if (call.Is(at, "COUNT"u8)) count = (int)call.LongFrom(at + 1, "COUNT", 1, RespLimits.ReadRecordsMax);
            else if (call.Is(at, "BYTES"u8)) bytes = (int)call.LongFrom(at + 1, "BYTES", 1, RespLimits.ReadBytesMax);
            else if (call.Is(at, "KEY"u8)) key = call.Key(at + 1);
            else throw CommandError.Syntax(usage);
            at += 2;
        }

        if (key is null && (descending || to != StreamIds.Last))
            throw CommandError.Syntax("TO and REV need KEY: all keys together are read forwards from a position");
        Request ask = key is null ? new LogRead(from, count, bytes) : new KeyRead(key, from, to, count, descending);
        if (await call.ExpectAsync<LogReply.Records>(ask).ConfigureAwait(false) is not { } records) return;
        call.Reply.Map(records.Missed.Count == 0 ? 4 : 5);
        call.Reply.Bulk("records"u8);
        LogRecords.Write(call.Reply, records.Items);
        call.Reply.Bulk("next"u8);
        call.Reply.Integer(records.Next.Value);
        call.Reply.Bulk("certainty"u8);
        call.Reply.Bulk(LogRecords.Word(records.Certainty));
        call.Reply.Bulk("view"u8);
        call.Reply.Integer(records.View.Value);
        if (records.Missed.Count == 0) return;
        call.Reply.Bulk("lost"u8);
        call.Reply.Array(records.Missed.Count);
        foreach (var position in records.Missed) call.Reply.Integer(position.Value);
    }

    private static async ValueTask Key(CommandCall call)
    {
        if (await call.ExpectAsync<LogReply.Key>(new KeyInfo(call.Key(1))).ConfigureAwait(false) is not { } key) return;
        call.Reply.Map(3);
        call.Reply.Bulk("count"u8);
        call.Reply.Integer(key.Count);
        call.Reply.Bulk("first"u8);
        WritePosition(call.Reply, key.First);
        call.Reply.Bulk("last"u8);
        WritePosition(call.Reply, key.Last);
    }

    private static async ValueTask Trim(CommandCall call)
    {
        var force = call.Count == 3 && call.Is(2, "FORCE"u8);
        if (call.Count > 2 && !force) throw CommandError.Syntax("LOG.TRIM position [FORCE]");
        var trim = new LogTrim(new(call.LongFrom(1, "the position", 0)), force);
        if (await call.ExpectAsync<LogReply.Trimmed>(trim).ConfigureAwait(false) is not { } trimmed) return;
        call.Reply.Map(trimmed.HeldBy is null ? 2 : 3);
        call.Reply.Bulk("below"u8);
        call.Reply.Integer(trimmed.Below.Value);
        call.Reply.Bulk("removed"u8);
        call.Reply.Integer(trimmed.Removed);
        if (trimmed.HeldBy is null) return;
        call.Reply.Bulk("held"u8);
        call.Reply.Bulk(trimmed.HeldBy);
    }

    private static async ValueTask Missing(CommandCall call)
    {
        if (await call.ExpectAsync<LogReply.Missing>(new LogMissing()).ConfigureAwait(false) is { } missing)
            WriteMissing(call, missing);
    }

    private static async ValueTask GiveUp(CommandCall call)
    {
        var force = call.Count == 3 && call.Is(2, "FORCE"u8);
        if (call.Count > 2 && !force) throw CommandError.Syntax("LOG.GIVEUP rid [FORCE]");
        var over = new LogGiveUp(new((int)call.LongFrom(1, "the sub-log", 0, int.MaxValue)), force);
        if (await call.ExpectAsync<LogReply.Missing>(over).ConfigureAwait(false) is { } given)
            WriteMissing(call, given);
    }

    private static void WriteMissing(CommandCall call, LogReply.Missing missing)
    {
        call.Reply.Array(missing.Items.Count);
        foreach (var slots in missing.Items)
        {
            call.Reply.Map(8);
            call.Reply.Bulk("rid"u8);
            call.Reply.Integer(slots.Rid.Value);
            call.Reply.Bulk("shard"u8);
            call.Reply.Integer(slots.Shard.Value);
            call.Reply.Bulk("from"u8);
            call.Reply.Integer(slots.From.Value);
            call.Reply.Bulk("to"u8);
            call.Reply.Integer(slots.To.Value);
            call.Reply.Bulk("first"u8);
            WritePosition(call.Reply, slots.First);
            call.Reply.Bulk("last"u8);
            WritePosition(call.Reply, slots.Last);
            call.Reply.Bulk("silent"u8);
            WriteNodes(call, slots.Silent);
            call.Reply.Bulk("without"u8);
            WriteNodes(call, slots.Without);
        }
    }

    private static void WriteNodes(CommandCall call, IReadOnlyList<NodeId> nodes)
    {
        call.Reply.Array(nodes.Count);
        foreach (var node in nodes)
            call.Reply.Bulk(call.Node.Cluster.Layout.Find(node)?.Name ?? node.ToString());
    }

    private static async ValueTask Tail(CommandCall call)
    {
        if (await call.ExpectAsync<LogReply.Tail>(new LogTail()).ConfigureAwait(false) is not { } tail) return;
        call.Reply.Map(3);
        call.Reply.Bulk("confirmed"u8);
        call.Reply.Integer(tail.ConfirmedEnd.Value);
        call.Reply.Bulk("speculative"u8);
        call.Reply.Integer(tail.SpeculativeEnd.Value);
        call.Reply.Bulk("view"u8);
        call.Reply.Integer(tail.View.Value);
    }

    private static async ValueTask Status(CommandCall call)
    {
        if (await call.ExpectAsync<LogReply.Status>(new LogStatusAsk()).ConfigureAwait(false) is not { } status) return;
        var log = status.Value;
        call.Reply.Map(8);
        call.Reply.Bulk("node"u8);
        call.Reply.Bulk(call.Node.Self.Name);
        call.Reply.Bulk("view"u8);
        call.Reply.Integer(log.View.Value);
        call.Reply.Bulk("confirmed"u8);
        call.Reply.Integer(log.Confirmed.Value);
        call.Reply.Bulk("orderingLeader"u8);
        call.Reply.Bulk(call.Node.Cluster.Layout.Find(log.OrderingLeader)?.Name ?? "");
        call.Reply.Bulk("window"u8);
        call.Reply.Integer(log.Window);
        call.Reply.Bulk("revokedTotal"u8);
        call.Reply.Integer(log.RevokedTotal);
        call.Reply.Bulk("lostTotal"u8);
        call.Reply.Integer(log.LostTotal);
        call.Reply.Bulk("rids"u8);
        WriteRids(call, log.Rids);
    }

    /// <summary>What a client needs to choose a node: the one that is primary for a key answers soonest.</summary>
    private static async ValueTask Layout(CommandCall call)
    {
        if (await call.ExpectAsync<LogReply.Status>(new LogStatusAsk()).ConfigureAwait(false) is not { } status) return;
        var (layout, endpoints, shards, replicas) = call.Node.Cluster;
        call.Reply.Map(9);
        call.Reply.Bulk("cluster"u8);
        call.Reply.Bulk(layout.ClusterId.ToString("x16", CultureInfo.InvariantCulture));
        call.Reply.Bulk("self"u8);
        call.Reply.Integer(call.Node.Self.Id.Value);
        call.Reply.Bulk("shards"u8);
        call.Reply.Integer(shards);
        call.Reply.Bulk("replicas"u8);
        call.Reply.Integer(replicas);
        call.Reply.Bulk("founding"u8);
        call.Reply.Integer(layout.FoundingCount);
        call.Reply.Bulk("regions"u8);
        call.Reply.Array(layout.Regions.Count);
        foreach (var region in layout.Regions) call.Reply.Bulk(region);
        call.Reply.Bulk("nodes"u8);
        call.Reply.Array(layout.Nodes.Count);
        for (var i = 0; i < layout.Nodes.Count; i++)
        {
            call.Reply.Array(5);
            call.Reply.Integer(layout.Nodes[i].Id.Value);
            call.Reply.Bulk(layout.Nodes[i].Name);
            call.Reply.Integer(layout.Nodes[i].Region.Value);
            call.Reply.Bulk(endpoints[i]?.Host ?? "");
            call.Reply.Integer(endpoints[i]?.Port ?? 0);
        }

        call.Reply.Bulk("rttMs"u8);
        call.Reply.Array(layout.RttMs.Count);
        foreach (var row in layout.RttMs)
        {
            call.Reply.Array(row.Count);
            foreach (var cell in row) call.Reply.Double(cell);
        }

        call.Reply.Bulk("rids"u8);
        WriteRids(call, status.Value.Rids);
    }

    private static void WriteRids(CommandCall call, IReadOnlyList<RidStatus> rids)
    {
        call.Reply.Array(rids.Count);
        foreach (var rid in rids)
        {
            call.Reply.Map(9);
            call.Reply.Bulk("rid"u8);
            call.Reply.Integer(rid.Rid.Value);
            call.Reply.Bulk("shard"u8);
            call.Reply.Integer(rid.Shard.Value);
            call.Reply.Bulk("primary"u8);
            call.Reply.Integer(rid.Primary.Value);
            call.Reply.Bulk("state"u8);
            call.Reply.Bulk(rid.State);
            call.Reply.Bulk("quota"u8);
            call.Reply.Integer(rid.Quota);
            call.Reply.Bulk("committed"u8);
            call.Reply.Integer(rid.Committed.Value);
            call.Reply.Bulk("holes"u8);
            if (rid.Holes is { } holes) call.Reply.Integer(holes);
            else call.Reply.Null();
            call.Reply.Bulk("lost"u8);
            call.Reply.Integer(rid.Lost);
            call.Reply.Bulk("copies"u8);
            call.Reply.Array(rid.Copies.Count);
            foreach (var copy in rid.Copies) call.Reply.Integer(copy.Value);
        }
    }

    private static void WritePosition(RespWriter reply, Position? position)
    {
        if (position is { } known) reply.Integer(known.Value);
        else reply.Null();
    }
}
