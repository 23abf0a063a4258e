using Outrider.Client.Wire;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Client.Links;

/// <summary>Turns replies of the server into values.</summary>
internal static class Replies
{
    public static Appended Appended(RespValue reply) => new(
        [.. reply["positions"].Items.Select(item => new Position(item.Integer))],
        reply["durability"].Text == "fsync-quorum" ? Durability.FsyncQuorum : Durability.MemoryQuorum,
        reply["duplicate"].Boolean);

    private static IReadOnlyList<Position> Positions(RespValue list) =>
        [.. list.Items.Select(item => new Position(item.Integer))];

    public static RecordPage Page(RespValue reply) => new(Records(reply["records"]), new(reply["next"].Integer))
    {
        Lost = reply.Find("lost") is { } lost ? Positions(lost) : [],
    };

    public static IReadOnlyList<MissingSubLog> Missing(RespValue reply) => [.. reply.Items.Select(item =>
        new MissingSubLog(
            (int)item["rid"].Integer, (int)item["shard"].Integer, item["to"].Integer - item["from"].Integer,
            OptionalPosition(item["first"]), OptionalPosition(item["last"]), Names(item["silent"]),
            Names(item["without"])))];

    private static IReadOnlyList<string> Names(RespValue list) => [.. list.Items.Select(item => item.Text)];

    public static Tails Tails(RespValue reply) => new(new(reply["confirmed"].Integer),
        new(reply["speculative"].Integer));

    public static Trimmed Trimmed(RespValue reply) => new(
        new(reply["below"].Integer), reply["removed"].Integer, reply.Find("held")?.Text);

    public static KeyExtent Extent(RespValue reply) =>
        new(reply["count"].Integer, OptionalPosition(reply["first"]), OptionalPosition(reply["last"]));

    /// <summary>Records as the wire has them: replica ids and their slots stay inside the cluster and are
    /// zero.</summary>
    public static List<LogRecord> Records(RespValue list)
    {
        var records = new List<LogRecord>(list.Items.Count);
        foreach (var item in list.Items) records.Add(Record(item));
        return records;
    }

    public static LogRecord Record(RespValue item)
    {
        var parts = item.Items;
        if (parts.Count != 5) throw new ProtocolException("a record that has not five parts");
        var headers = new RecordField[parts[4].Items.Count / 2];
        for (var i = 0; i < headers.Length; i++)
            headers[i] = new(parts[4].Items[2 * i].Bytes, parts[4].Items[(2 * i) + 1].Bytes);
        var draft = RecordFields.Draft(parts[1].Text, parts[3].Bytes, headers, parts[2].Integer);
        return new(new(parts[0].Integer), default, default, draft.Key, draft.Payload, draft.Headers, draft.TimestampMs);
    }

    /// <summary>The outcome that an error reply stands for; its first word is the code.</summary>
    public static Outcome<T> Failure<T>(string error)
    {
        var space = error.IndexOf(' ', StringComparison.Ordinal);
        var (code, reason) = space < 0 ? (error, "") : (error[..space], error[(space + 1)..]);
        return code switch
        {
            "UNKNOWN" => new Outcome<T>.Unknown(reason),
            "OVERLOADED" => new Outcome<T>.Refused(LogRefusal.Overloaded, reason),
            "WRONGTAIL" => new Outcome<T>.Refused(LogRefusal.WrongTail, reason),
            "TRIMMED" => new Outcome<T>.Refused(LogRefusal.Trimmed, reason),
            "UNAVAILABLE" => new Outcome<T>.Refused(LogRefusal.Unavailable, reason),
            "UNKNOWNPRODUCER" => new Outcome<T>.Refused(LogRefusal.UnknownProducer, reason),
            _ => new Outcome<T>.Refused(LogRefusal.Invalid, error),
        };
    }

    /// <summary>Whether the same call may succeed a moment later or at another node.</summary>
    public static bool IsWorthARetry<T>(Outcome<T> outcome) => outcome switch
    {
        Outcome<T>.Unknown => true,
        Outcome<T>.Refused refused => refused.Code is LogRefusal.Overloaded or LogRefusal.Unavailable,
        _ => false,
    };

    private static Position? OptionalPosition(RespValue value) => value.IsNull ? null : new(value.Integer);
}
