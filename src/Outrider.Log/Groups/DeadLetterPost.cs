using System.Globalization;
using System.Text;
using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Appends one entry that was given up to its dead-letter stream. The append is named after the group and the letter,
/// so that the log knows a repeat, by this node or another, for what it is.
/// </summary>
internal sealed class DeadLetterPost(
    GroupDesk desk, string group, ConsumerGroup state, long number, DeadLetter letter)
{
    /// <summary>No other letter of the desk is called so.</summary>
    public (long Born, long Number) Name => (state.Born, number);

    /// <summary>Ends with whether the letter stands in the dead-letter stream.</summary>
    public void Run(Action<bool> done) =>
        desk.Ask(new KeyRead(desk.Key, letter.Position, letter.Position, 1, Descending: false), reply =>
        {
            if (reply is LogReply.Records records) Send(records.Items.Count > 0 ? records.Items[0] : null, done);
            else done(false);
        });

    private void Send(LogRecord? record, Action<bool> done)
    {
        Check.That(state.Policy.DeadLetterKey is not null);
        var producer = desk.Bugs.HasFlag(GroupBugs.LettersWithoutKey) ? ProducerId.None : Producer();
        if (desk.Bugs.HasFlag(GroupBugs.LettersLost)) done(true);
        else
        {
            // Nobody waits for a letter: where there is no room for it now, there will be.
            var append = new LogAppend(
                [Draft(record)], producer, number, Durability.FsyncQuorum, WaitsForRoom: true);
            desk.Ask(append, reply => done(reply is LogReply.Appended));
        }
    }

    /// <summary>The entry's own fields and, beside them, where it came from.</summary>
    private RecordDraft Draft(LogRecord? record)
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
