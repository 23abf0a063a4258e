using System.Globalization;
using System.Text;
using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Appends entries that were given up together to their dead-letter stream, as one batch. It is named after the group
/// and its first letter, so that the log knows a repeat, by this node or another, for what it is: which letters a batch
/// has was decided with the burial.
/// </summary>
/// <remarks>What is too large for one batch goes letter by letter, each under its own number.</remarks>
internal sealed class DeadLetterPost(
    GroupDesk desk, string group, ConsumerGroup state, long first,
    IReadOnlyList<(long Number, DeadLetter Letter)> letters)
{
    private readonly List<RecordDraft> _drafts = [];

    /// <summary>No other batch of the desk is called so.</summary>
    public (long Born, long First) Name => (state.Born, first);

    public IReadOnlyList<(long Number, DeadLetter Letter)> Letters => letters;

    /// <summary>Ends with whether the letters stand in the dead-letter stream.</summary>
    public void Run(Action<bool> done)
    {
        Check.That(letters.Count > 0 && state.Policy.DeadLetterKey is not null);
        var ids = letters.Select(one => one.Letter.Position).Order().ToList();
        EntryFetch.Run(desk.Ask, desk.Key, ids, (found, failure) =>
        {
            if (failure is not null) done(false);
            else if (desk.Bugs.HasFlag(GroupBugs.LettersLost)) done(true);
            else Send(found, done);
        });
    }

    private void Send(SortedDictionary<Position, LogRecord> found, Action<bool> done)
    {
        foreach (var (_, letter) in letters) _drafts.Add(Draft(letter, found.GetValueOrDefault(letter.Position)));
        Append(_drafts, first, reply =>
        {
            // An earlier build has sent the first one alone.
            var isOne = reply is LogReply.Appended { Duplicate: true, Positions.Count: 1 } && letters.Count > 1;
            if (isOne || (reply is LogReply.Refused { Code: LogRefusal.Invalid } && letters.Count > 1))
                SendAlone(0, done);
            else done(IsPlaced(reply));
        });
    }

    private void SendAlone(int at, Action<bool> done)
    {
        if (at == letters.Count)
        {
            done(true);
            return;
        }

        Append([_drafts[at]], letters[at].Number, reply =>
        {
            if (!IsPlaced(reply)) done(false);
            // The batch was not too large for another node, which has read less: some of it was trimmed meanwhile.
            else if (reply is LogReply.Appended { Positions.Count: > 1 }) done(true);
            else SendAlone(at + 1, done);
        });
    }

    private static bool IsPlaced(Reply reply) =>
        reply is LogReply.Appended or LogReply.Refused { Code: LogRefusal.Trimmed };

    private void Append(IReadOnlyList<RecordDraft> drafts, long number, Action<Reply> then)
    {
        var producer = desk.Bugs.HasFlag(GroupBugs.LettersWithoutKey) ? ProducerId.None : Producer();
        // Nobody waits for a letter: where there is no room for it now, there will be.
        desk.Ask(new LogAppend(drafts, producer, number, Durability.FsyncQuorum, WaitsForRoom: true), then);
    }

    /// <summary>The entry's own fields and, beside them, where it came from.</summary>
    private RecordDraft Draft(DeadLetter letter, LogRecord? record)
    {
        var (fields, payload) = record is null ? ([], default) : RecordFields.Read(record);
        List<RecordField> all = [.. fields];
        Add(all, "dead-letter-key", desk.Key);
        Add(all, "dead-letter-id", letter.Position.ToString());
        Add(all, "dead-letter-group", group);
        Add(all, "dead-letter-consumer", letter.Consumer);
        Add(all, "dead-letter-deliveries", letter.Deliveries.ToString(CultureInfo.InvariantCulture));
        var key = state.Policy.DeadLetterKey!;
        return payload.IsEmpty
            ? RecordFields.Entry(key, all, record?.TimestampMs ?? 0)
            : RecordFields.Draft(key, payload, all, record!.TimestampMs);
    }

    private static void Add(List<RecordField> fields, string name, string value) =>
        fields.Add(new(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value)));

    private ProducerId Producer()
    {
        var hash = 14695981039346656037UL;
        foreach (var ch in $"{desk.Key}\0{group}\0{state.Born}") hash = (hash ^ ch) * 1099511628211UL;
        return new(hash | 1);
    }
}
