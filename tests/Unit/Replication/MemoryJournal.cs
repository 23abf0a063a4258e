using Outrider.Core;

namespace Outrider.Tests.Unit.Replication;

/// <summary>A node's disk for scenarios: the records in order, and how many of them survive a crash.</summary>
internal sealed class MemoryJournal
{
    private readonly List<JournalRecord> _records = [];
    private int _synced;
    private int _lifeStart;

    public long Lives { get; private set; }

    /// <summary>Tokens of one life count from one.</summary>
    public DurableToken LastToken => new(_records.Count - _lifeStart);

    public void Write(IReadOnlyList<JournalRecord> records) => _records.AddRange(records);

    public void Sync(DurableToken upTo) => _synced = Math.Max(_synced, _lifeStart + (int)upTo.Value);

    /// <summary>Loses what was not synced, or some of it: any prefix may have reached the disk.</summary>
    public void Crash(int keepUnsynced = 0)
    {
        var keep = Math.Min(_records.Count, _synced + keepUnsynced);
        _records.RemoveRange(keep, _records.Count - keep);
        _synced = _records.Count;
    }

    public void CloseCleanly() => _synced = _records.Count;

    public Recovered Open(bool unclean)
    {
        _lifeStart = _records.Count;
        Lives++;
        var groups =
            new SortedDictionary<GroupId, (ReadOnlyMemory<byte> State, SortedDictionary<StreamId, Copy> Streams)>();
        foreach (var record in _records)
        {
            switch (record)
            {
                case JournalRecord.SaveState save:
                    groups[save.Group] = (save.State, Streams(save.Group));
                    break;
                case JournalRecord.Append append:
                    foreach (var entry in append.Entries) Find(append.Stream).Add(entry);
                    break;
                case JournalRecord.Truncate truncate:
                    Find(truncate.Stream).Truncate(truncate.From);
                    break;
                case JournalRecord.SetBase set:
                    Find(set.Stream).SetBase(set.Base, set.KeepSuffix);
                    break;
                case JournalRecord.DropGroup drop:
                    groups.Remove(drop.Group);
                    break;
            }
        }

        return new Recovered(new Incarnation(Lives), unclean, groups.Select(group => new RecoveredGroup(
            group.Key, group.Value.State,
            group.Value.Streams.Select(stream => stream.Value.ToRecovered(stream.Key)).ToArray())).ToArray());

        SortedDictionary<StreamId, Copy> Streams(GroupId group)
        {
            if (!groups.TryGetValue(group, out var found)) groups[group] = found = (default, []);
            return found.Streams;
        }

        Copy Find(StreamKey key)
        {
            var streams = Streams(key.Group);
            if (!streams.TryGetValue(key.Stream, out var copy)) streams[key.Stream] = copy = new Copy();
            return copy;
        }
    }

    public EntriesRead Read(ReadEntries ask)
    {
        var copy = new Copy();
        foreach (var record in _records)
        {
            switch (record)
            {
                case JournalRecord.Append append when append.Stream == ask.Stream:
                    foreach (var entry in append.Entries) copy.Add(entry);
                    break;
                case JournalRecord.Truncate truncate when truncate.Stream == ask.Stream:
                    copy.Truncate(truncate.From);
                    break;
                case JournalRecord.SetBase set when set.Stream == ask.Stream:
                    copy.SetBase(set.Base, set.KeepSuffix);
                    break;
            }
        }

        if (ask.From <= copy.Base.Index) return new EntriesRead(ask.Id, ask.Stream, ReadOutcome.Trimmed, []);
        var entries = copy.Entries.Where(entry => entry.Index >= ask.From).Take(Math.Min(ask.Count, 7)).ToArray();
        return new EntriesRead(ask.Id, ask.Stream, ReadOutcome.Ok, entries);
    }

    private sealed class Copy
    {
        public StreamBase Base { get; private set; } = StreamBase.Empty;
        public List<Entry> Entries { get; } = [];

        public void Add(Entry entry)
        {
            Assert.Equal(Entries.Count > 0 ? Entries[^1].Index.Next() : Base.Index.Next(), entry.Index);
            Entries.Add(entry);
        }

        public void Truncate(LogIndex from) => Entries.RemoveAll(entry => entry.Index >= from);

        public void SetBase(StreamBase value, bool keepSuffix)
        {
            Base = value;
            if (keepSuffix) Entries.RemoveAll(entry => entry.Index <= value.Index);
            else Entries.Clear();
        }

        public RecoveredStream ToRecovered(StreamId id) =>
            new(id, Base, Entries.Count > 0 ? Entries[^1].Index : Base.Index, LogIndex.Zero, Entries.ToArray());
    }
}
