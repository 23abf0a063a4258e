using Outrider.Core;
namespace Outrider.Storage;
public sealed record StorageBugs { public static readonly StorageBugs None = new(); public bool AckBeforeSync { get; init; } }
public sealed record JournalOptions { public required ulong ClusterId { get; init; } public required NodeId Node { get; init; } public int SegmentBytes { get; init; } public StorageBugs Bugs { get; init; } = StorageBugs.None; }
public abstract record JournalOpened { public sealed record Ok(Journal Journal, Recovered Recovered) : JournalOpened; }
public sealed class SyncTicket(Journal j, int upTo) { public int UpTo => upTo; public DiskOutcome Run(IDisk disk) { j.Store.Synced = Math.Max(j.Store.Synced, upTo); return DiskOutcome.Ok; } }
public sealed class ShimStore { public List<JournalRecord> Records = []; public int Synced; public long Lives; public bool Clean = true; }
public sealed class Journal
{
    static readonly System.Runtime.CompilerServices.ConditionalWeakTable<IDisk, ShimStore> Stores = [];
    public ShimStore Store; long _token; int _base; int _requested; Dictionary<(StreamKey, long), Entry> _entries = []; Dictionary<StreamKey, StreamBase> _bases = [];
    Journal(ShimStore s) { Store = s; _base = s.Records.Count; _requested = s.Records.Count; }
    public static JournalOpened Open(IDisk disk, JournalOptions o)
    {
        var s = Stores.GetOrCreateValue(disk);
        s.Records.RemoveRange(s.Synced, s.Records.Count - s.Synced);
        var j = new Journal(s);
        var states = new SortedDictionary<GroupId, ReadOnlyMemory<byte>>();
        var streams = new SortedDictionary<StreamKey, List<Entry>>();
        foreach (var r in s.Records)
            switch (r)
            {
                case JournalRecord.SaveState x: states[x.Group] = x.State; break;
                case JournalRecord.Append x: if (!streams.ContainsKey(x.Stream)) streams[x.Stream] = []; streams[x.Stream].AddRange(x.Entries); break;
                case JournalRecord.Truncate x: streams.GetValueOrDefault(x.Stream)?.RemoveAll(e => e.Index >= x.From); break;
                case JournalRecord.SetBase x: if (!streams.ContainsKey(x.Stream)) streams[x.Stream] = []; if (x.KeepSuffix) streams[x.Stream].RemoveAll(e => e.Index <= x.Base.Index); else streams[x.Stream].Clear(); j._bases[x.Stream] = x.Base; break;
                case JournalRecord.DropGroup x: states.Remove(x.Group); foreach (var k in streams.Keys.Where(k => k.Group == x.Group).ToList()) streams.Remove(k); break;
            }
        var groups = new List<RecoveredGroup>();
        foreach (var g in states.Keys.Union(streams.Keys.Select(k => k.Group)).Order())
            groups.Add(new RecoveredGroup(g, states.GetValueOrDefault(g), [.. streams.Where(k => k.Key.Group == g).Select(k => { var b = j._bases.GetValueOrDefault(k.Key) ?? StreamBase.Empty; return new RecoveredStream(k.Key.Stream, b, k.Value.Count > 0 ? k.Value[^1].Index : b.Index, LogIndex.Zero, k.Value); })]));
        foreach (var (k, l) in streams) foreach (var e in l) j._entries[(k, e.Index.Value)] = e;
        var unclean = !s.Clean; s.Clean = false;
        return new JournalOpened.Ok(j, new Recovered(new Incarnation(++s.Lives), unclean, groups));
    }
    public DiskOutcome Write(IReadOnlyList<JournalRecord> records)
    {
        foreach (var r in records) { Store.Records.Add(r); _token++; if (r is JournalRecord.Append a) foreach (var e in a.Entries) _entries[(a.Stream, e.Index.Value)] = e; if (r is JournalRecord.Truncate t) foreach (var k in _entries.Keys.Where(k => k.Item1 == t.Stream && k.Item2 >= t.From.Value).ToList()) _entries.Remove(k); if (r is JournalRecord.SetBase b) { _bases[b.Stream] = b.Base; foreach (var k in _entries.Keys.Where(k => k.Item1 == b.Stream && (!b.KeepSuffix || k.Item2 <= b.Base.Index.Value)).ToList()) _entries.Remove(k); } }
        return DiskOutcome.Ok;
    }
    public SyncTicket? BeginSync() { if (Store.Records.Count == _requested) return null; _requested = Store.Records.Count; return new SyncTicket(this, _requested); }
    public DurableToken CompleteSync(SyncTicket t, DiskOutcome o) => new(t.UpTo - _base);
    public EntriesRead Read(ReadEntries r) { var l = new List<Entry>(); for (var i = r.From.Value; l.Count < r.Count && _entries.TryGetValue((r.Stream, i), out var e); i++) l.Add(e); var b = _bases.GetValueOrDefault(r.Stream); return new EntriesRead(r.Id, r.Stream, b is not null && r.From <= b.Index ? ReadOutcome.Trimmed : ReadOutcome.Ok, l); }
    public void Close() { Store.Synced = Store.Records.Count; Store.Clean = true; }
}
