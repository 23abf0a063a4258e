using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Log;

/// <summary>All copies of sub-logs on this node.</summary>
internal sealed class SubLogs(LogContext context)
{
    // Above all numbers of the fetcher; negative ones are replication's own.
    private const long ReadBackIds = 1L << 60;
    private readonly Dictionary<Rid, SubLogStore> _stores = [];
    private readonly List<SubLogStore> _all = [];
    private readonly SortedTable<Rid, SlotMarks> _recovered = [];

    public IReadOnlyList<SubLogStore> All => _all;

    public SubLogStore? Find(Rid rid) => _stores.GetValueOrDefault(rid);

    /// <summary>Learns where the slots of a recovered copy stand; the copy itself is opened by replication.</summary>
    public void Recover(Rid rid, RecoveredGroup recovered)
    {
        for (var i = 0; i < recovered.Streams.Count; i++)
            if (recovered.Streams[i].Stream == LogContext.Stream) _recovered[rid] = new(recovered.Streams[i]);
    }

    public SubLogStore Open(Rid rid, Group group)
    {
        if (_stores.TryGetValue(rid, out var store)) return store;
        store = new SubLogStore(rid, group, _recovered.Remove(rid, out var marks) ? marks : new());
        _stores.Add(rid, store);
        _all.Add(store);
        return store;
    }

    /// <summary>Those that lie below the log's trim as a whole.</summary>
    public List<RidState> Gone()
    {
        var gone = new List<RidState>();
        for (var i = 0; i < _all.Count; i++)
            if (context.State.Find(_all[i].Rid) is { } rid && context.State.IsGone(rid)) gone.Add(rid);
        return gone;
    }

    /// <summary>Gives the disk of an ended sub-log free.</summary>
    public void Drop(Rid rid)
    {
        Check.That(context.State.IsGone(context.State.Find(rid)!));
        if (!_stores.Remove(rid, out var store)) return;
        _all.Remove(store);
        context.Effects.Sometimes(true, "log.store.dropped");
        context.Groups.Drop(store.Group.Id, context.Effects);
    }

    /// <summary>Entries that cover a slot, if they are all in memory; null otherwise.</summary>
    public List<SubEntry>? TryCached(Rid rid, Lsn from, Lsn to, int maxBytes)
    {
        if (Find(rid) is not { } store || store.EndSlot <= from || from >= to) return null;
        var entries = new List<SubEntry>();
        var bytes = 0;
        var covered = from;
        for (var index = store.IndexNear(from); index <= store.LastIndex && bytes < maxBytes; index = index.Next())
        {
            if (store.Group.TryGet(LogContext.Stream, index) is not { } entry) break;
            if (entry.FirstSlot >= to.Value) break;
            if (entry.EndSlot < from.Value || (entry.Slots > 0 && entry.EndSlot == from.Value)) continue;
            if (entry.Kind is not (EntryKind.Records or EntryKind.Holes or EntryKind.Control)) continue;
            // Out of memory at the front: the disk has it, if anything.
            if (entry.FirstSlot > covered.Value) return null;
            entries.Add(SubEntry.Of(entry));
            bytes += entry.SizeBytes;
            covered = new(entry.EndSlot);
        }

        return covered > from ? entries : null;
    }

    /// <summary>Takes note of what the copies have received in this step.</summary>
    public void ObserveAll()
    {
        for (var i = 0; i < _all.Count; i++) Observe(_all[i]);
    }

    private void Observe(SubLogStore store)
    {
        for (var i = 0; i < store.Group.Outputs.Count; i++)
        {
            switch (store.Group.Outputs[i])
            {
                case GroupOutput.Truncated cut when cut.Stream == LogContext.Stream:
                    store.Truncate(cut.From);
                    break;
                case GroupOutput.BaseMoved moved when moved.Stream == LogContext.Stream:
                    store.Rebase(moved.Base);
                    break;
            }
        }

        if (!store.Observe() && !store.ReadingBack)
        {
            store.ReadingBack = true;
            // A burst went through memory before this role looked: read it back.
            context.Effects.Sometimes(true, "log.store.reads-back");
            context.Effects.ReadEntries(
                new(ReadBackIds + store.Rid.Value, store.Key, store.LastIndex.Next(), 512, Fetcher.BytesDefault));
        }
    }

    /// <summary>True if the event answers a read of this role.</summary>
    public bool OnEntriesRead(EntriesRead read)
    {
        if (read.Id < ReadBackIds || read.Id - ReadBackIds > int.MaxValue) return false;
        if (Find(new((int)(read.Id - ReadBackIds))) is not { } store) return true;
        store.ReadingBack = false;
        for (var i = 0; i < read.Entries.Count; i++) store.Note(read.Entries[i]);
        Observe(store);
        return true;
    }
}
