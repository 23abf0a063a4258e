using System.Globalization;
using System.Text;
using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Appends one entry that was given up to its dead-letter stream. The append is named after the group and the letter,
/// so that the log knows a repeat, by this node or another, for what it is.
/// </summary>
internal sealed class DeadLetterPost(GroupDesk desk, ConsumerGroup group, long number, DeadLetter letter)
{
    /// <summary>Ends with whether the letter is done with.</summary>
    public void Run(Action<bool> done) =>
        desk.Ask(new KeyRead(desk.Key, letter.Position, letter.Position, 1, Descending: false), reply =>
        {
            if (reply is LogReply.Records records) Send(records.Items.Count > 0 ? records.Items[0] : null, done);
            else done(false);
        });

    private void Send(LogRecord? record, Action<bool> done)
    {
        Check.That(group.Policy.DeadLetterKey is not null);
        var name = NameOf();
        var producer = desk.Bugs.HasFlag(GroupBugs.LettersWithoutKey) ? ProducerId.None : Producer(name);
        if (desk.Bugs.HasFlag(GroupBugs.LettersLost)) Posted(name, done);
        else
        {
            var append = new LogAppend([Draft(record, name)], producer, number, Durability.FsyncQuorum);
            desk.Ask(append, reply =>
            {
                if (reply is LogReply.Appended) Posted(name, done);
                else done(false);
            });
        }
    }

    private void Posted(string name, Action<bool> done) => desk.Decide(
        state =>
        {
            var alive = state.Find(name) is { } now && now.Born == group.Born && now.Dead.ContainsKey(number);
            return new GroupDecision<bool>(true, alive ? [new GroupOp.Posted(name, number)] : []);
        },
        end => done(end is GroupEnd<bool>.Decided));

    private string NameOf()
    {
        foreach (var (name, one) in desk.Known!.Groups)
            if (one.Born == group.Born) return name;
        throw Check.Unreachable(group.Born);
    }

    /// <summary>The entry's own fields and, beside them, where it came from.</summary>
    private RecordDraft Draft(LogRecord? record, string name)
    {
        var (fields, payload) = record is null ? ([], default) : RecordFields.Read(record);
        List<RecordField> all = [.. fields];
        Add(all, "dead-letter-key", desk.Key);
        Add(all, "dead-letter-id", letter.Position.ToString());
        Add(all, "dead-letter-group", name);
        Add(all, "dead-letter-consumer", letter.Consumer);
        Add(all, "dead-letter-deliveries", letter.Deliveries.ToString(CultureInfo.InvariantCulture));
        var key = group.Policy.DeadLetterKey!;
        return payload.IsEmpty
            ? RecordFields.Entry(key, all, record?.TimestampMs ?? 0)
            : RecordFields.Draft(key, payload, all, record!.TimestampMs);
    }

    private static void Add(List<RecordField> fields, string name, string value) =>
        fields.Add(new(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value)));

    private ProducerId Producer(string name)
    {
        var hash = 14695981039346656037UL;
        foreach (var ch in $"{desk.Key}\0{name}\0{group.Born}") hash = (hash ^ ch) * 1099511628211UL;
        return new(hash | 1);
    }
}
