using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>
/// What a node's disk must hold, kept beside it: the records its machine wrote, in order, and how many of them the
/// journal called durable. A start must find what all durable records and some of the later ones come to. On a disk
/// with rot the journal may say that it lost something; it may not make anything up, nor forget that it said so.
/// </summary>
internal sealed class DiskLedger
{
    private readonly SortedDictionary<GroupId, ulong> _states = [];
    private readonly SortedDictionary<StreamKey, DiskCopy> _copies = [];
    private readonly Queue<(long Token, JournalRecord Record)> _pending = new();
    private readonly HashSet<(StreamKey Stream, long Index, ulong Digest)> _everWritten = [];
    private long _rots;

    /// <summary>A step's records, before they go to the journal; the last one has this token.</summary>
    public void Writes(IReadOnlyList<JournalRecord> records, DurableToken last)
    {
        for (var i = 0; i < records.Count; i++) _pending.Enqueue((last.Value - records.Count + 1 + i, records[i]));
    }

    public void Durable(DurableToken upTo)
    {
        while (_pending.Count > 0 && _pending.Peek().Token <= upTo.Value) Apply(_pending.Dequeue().Record);
    }

    /// <summary>Judges a start, and takes what it found for the truth from here on; null if all is well.</summary>
    /// <param name="rots">How often durable bytes may have changed so far.</param>
    /// <param name="wasCut">The journal took its last commit for torn, which rot there looks like.</param>
    public string? Judge(Recovered recovered, long rots, bool wasCut)
    {
        var hasRotted = rots > 0;
        // New rot may have hit the very note of an earlier loss: nothing can be asked of that one any more.
        var forgives = wasCut || rots != _rots;
        _rots = rots;
        var found = recovered.Groups.ToDictionary(g => g.Group);
        string? problem = null;
        if (!hasRotted) problem = StatesProblem(found);
        var keys = _copies.Keys.ToList();
        foreach (var group in recovered.Groups)
            foreach (var stream in group.Streams) keys.Add(new(group.Group, stream.Stream));
        var later = _pending.Select(p => p.Record).ToList();
        foreach (var record in later) Remember(record);
        foreach (var key in keys.Distinct().Order())
        {
            var expected = CopyOf(key);
            var stream = found.GetValueOrDefault(key.Group)?.Streams.FirstOrDefault(s => s.Stream == key.Stream);
            var seen = DiskCopy.Of(stream);
            if (hasRotted) problem ??= RottenProblem(key, expected, seen, later, forgives);
            else if (seen.LostFrom != 0 || !expected.Reaches(key, later, seen))
                problem ??= $"{key} comes back as {seen}, but {expected} was on disk, with {later.Count} records after";
            var isKnown = !wasCut && (expected.LostEnd == 0 || !forgives);
            if (seen.LostFrom != 0 && isKnown) seen.LostEnd = Math.Max(expected.LostEnd, expected.Last);
            _copies[key] = seen;
        }

        _pending.Clear();
        _states.Clear();
        foreach (var group in recovered.Groups)
            if (!group.State.IsEmpty) _states[group.Group] = TraceHash.Of(group.State.Span);
        return problem;
    }

    private string? StatesProblem(Dictionary<GroupId, RecoveredGroup> found)
    {
        foreach (var id in _states.Keys.Concat(found.Keys).Distinct().Order())
        {
            var state = found.TryGetValue(id, out var group) ? group.State : default;
            var digest = TraceHash.Of(state.Span);
            if (_states.TryGetValue(id, out var durable) ? durable == digest : state.IsEmpty) continue;
            var isLater = _pending.Any(p => p.Record switch
            {
                JournalRecord.SaveState save => save.Group == id && TraceHash.Of(save.State.Span) == digest,
                JournalRecord.DropGroup drop => drop.Group == id && state.IsEmpty,
                _ => false,
            });
            if (!isLater) return $"{id} comes back with another state than was on disk ({state.Length} bytes)";
        }

        return null;
    }

    private string? RottenProblem(
        StreamKey key, DiskCopy expected, DiskCopy seen, List<JournalRecord> later, bool forgives)
    {
        for (var index = seen.Base + 1; index <= seen.Last; index++)
        {
            if (_everWritten.Contains((key, index, seen.At(index)))) continue;
            return $"{key}#{index} was never written as it comes back from a disk with rot";
        }

        // Later records may have ended the loss; if none did, it has to be told until it is repaired.
        if (seen.LostFrom != 0 || forgives || expected.LostEnd == 0) return null;
        var after = expected.Clone();
        foreach (var record in later)
        {
            after.Apply(key, record);
            if (after.LostEnd == 0) return null;
        }

        return $"{key} was lost up to #{expected.LostEnd} and looks whole at {seen}";
    }

    private void Apply(JournalRecord record)
    {
        Remember(record);
        switch (record)
        {
            case JournalRecord.SaveState save:
                _states[save.Group] = TraceHash.Of(save.State.Span);
                break;
            case JournalRecord.DropGroup drop:
                _states.Remove(drop.Group);
                foreach (var key in _copies.Keys.Where(k => k.Group == drop.Group).ToList()) _copies.Remove(key);
                break;
            case JournalRecord.Append append: CopyOf(append.Stream).Apply(append.Stream, record); break;
            case JournalRecord.Truncate truncate: CopyOf(truncate.Stream).Apply(truncate.Stream, record); break;
            case JournalRecord.SetBase set: CopyOf(set.Stream).Apply(set.Stream, record); break;
        }
    }

    private void Remember(JournalRecord record)
    {
        if (record is not JournalRecord.Append append) return;
        foreach (var entry in append.Entries)
            _everWritten.Add((append.Stream, entry.Index.Value, StreamHistory.DigestOf(entry)));
    }

    private DiskCopy CopyOf(StreamKey key)
    {
        if (!_copies.TryGetValue(key, out var copy)) _copies[key] = copy = new DiskCopy();
        return copy;
    }
}

/// <summary>One stream as a disk holds it: where it begins and what each entry is.</summary>
internal sealed class DiskCopy
{
    private readonly List<ulong> _entries = [];

    public long Base { get; private set; }
    public long Last => Base + _entries.Count;

    /// <summary>Not zero: the journal says that entries from here on are lost.</summary>
    public long LostFrom { get; private init; }

    /// <summary>Not zero: until the stream reaches this again, or is cut on purpose, its loss has to be told.</summary>
    public long LostEnd { get; set; }

    public ulong At(long index) => _entries[(int)(index - Base - 1)];

    public static DiskCopy Of(RecoveredStream? stream)
    {
        if (stream is null) return new DiskCopy();
        var copy = new DiskCopy { Base = stream.Base.Index.Value, LostFrom = stream.CorruptFrom.Value };
        foreach (var entry in stream.Entries) copy._entries.Add(StreamHistory.DigestOf(entry));
        return copy;
    }

    public DiskCopy Clone()
    {
        var copy = new DiskCopy { Base = Base, LostEnd = LostEnd };
        copy._entries.AddRange(_entries);
        return copy;
    }

    public void Apply(StreamKey key, JournalRecord record)
    {
        switch (record)
        {
            case JournalRecord.Append append when append.Stream == key:
                foreach (var entry in append.Entries) _entries.Add(StreamHistory.DigestOf(entry));
                break;
            case JournalRecord.Truncate truncate when truncate.Stream == key:
                if (truncate.From.Value > Last + 1) break;
                Cut(truncate.From.Value - 1);
                LostEnd = 0;
                break;
            case JournalRecord.SetBase set when set.Stream == key:
                SetBase(set.Base.Index.Value, set.KeepSuffix);
                break;
            case JournalRecord.DropGroup drop when drop.Group == key.Group:
                SetBase(0, keepSuffix: false);
                LostEnd = 0;
                break;
        }

        if (Last >= LostEnd) LostEnd = 0;
    }

    /// <summary>Whether this copy, or this copy after some of the later records, is the one seen.</summary>
    public bool Reaches(StreamKey key, List<JournalRecord> later, DiskCopy seen)
    {
        var copy = this;
        for (var next = 0; ; next++)
        {
            if (copy.IsSame(seen)) return true;
            // A record may have been written in part: batches are whole, but a long append spans several.
            if (next < later.Count && later[next] is JournalRecord.Append append && append.Stream == key
                && seen.Base == copy.Base && seen.Last > copy.Last && seen.Last < copy.Last + append.Entries.Count)
                return copy.IsPrefix(seen) && append.Entries.Take((int)(seen.Last - copy.Last))
                    .All(e => seen.At(e.Index.Value) == StreamHistory.DigestOf(e));
            if (next == later.Count) return false;
            if (ReferenceEquals(copy, this)) copy = Clone();
            copy.Apply(key, later[next]);
        }
    }

    public override string ToString() => LostFrom == 0 ? $"{Base}..{Last}" : $"{Base}..{Last}, lost from {LostFrom}";

    private bool IsSame(DiskCopy other) => Base == other.Base && Last == other.Last && IsPrefix(other);

    private bool IsPrefix(DiskCopy other)
    {
        for (var i = 0; i < _entries.Count; i++)
            if (_entries[i] != other._entries[i]) return false;
        return true;
    }

    private void SetBase(long index, bool keepSuffix)
    {
        if (keepSuffix && index < Last) _entries.RemoveRange(0, (int)Math.Max(0, index - Base));
        else _entries.Clear();
        Base = index;
    }

    private void Cut(long last)
    {
        var keep = (int)Math.Max(0, last - Base);
        if (keep < _entries.Count) _entries.RemoveRange(keep, _entries.Count - keep);
    }
}
