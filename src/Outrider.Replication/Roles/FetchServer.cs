using Outrider.Core;

namespace Outrider.Replication;

/// <summary>A promised member's side of a recovery: hands its entries to the leader of the promised term.</summary>
internal sealed class FetchServer(GroupContext context, Member member)
{
    private readonly SortedTable<long, (NodeId To, Fetch Ask)> _reads = [];

    public void OnFetch(NodeId from, Fetch ask, Effects effects)
    {
        if (member.Find(ask.Stream) is not { } log) return;
        member.WriteOut(effects);
        var first = LogIndex.Max(ask.From, log.Base.Index.Next());
        if (first > log.Last || first >= log.Cache.First)
        {
            var entries = first > log.Last ? [] : log.Cache.Slice(first, ask.MaxBytes, log.Last);
            Answer(from, ask, log, entries, effects);
            return;
        }

        var id = context.NextReadId();
        _reads.Add(id, (from, ask));
        var count = (int)Math.Min(int.MaxValue, log.Cache.First - first);
        effects.ReadEntries(new ReadEntries(id, log.Key, first, count, ask.MaxBytes));
    }

    public void OnRead(EntriesRead read, Effects effects)
    {
        if (!_reads.Remove(read.Id, out var waiting)) return;
        // The asker asks again; by then the promise or the base may be another.
        if (read.Outcome != ReadOutcome.Ok || member.Promised != waiting.Ask.Term) return;
        if (member.Find(waiting.Ask.Stream) is not { } log || read.Entries.Count == 0) return;
        foreach (var entry in read.Entries)
            if (entry.Index <= log.Base.Index || !log.Matches(entry.Index, entry.Term)) return;
        Answer(waiting.To, waiting.Ask, log, read.Entries, effects);
    }

    private void Answer(NodeId to, Fetch ask, StreamLog log, IReadOnlyList<Entry> entries, Effects effects)
    {
        var prev = entries.Count > 0 ? entries[0].Index.Previous() : LogIndex.Min(ask.From.Previous(), log.Last);
        if (prev < log.Base.Index) prev = log.Base.Index;
        var trimmed = ask.From <= log.Base.Index ? log.Base : null;
        effects.SendOnceDurable(
            member.PromiseToken, to,
            new FetchAck(context.Id, ask.Term, context.Life, log.Id, prev, log.TermAt(prev), trimmed, entries));
    }
}
