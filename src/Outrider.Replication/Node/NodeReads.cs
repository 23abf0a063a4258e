using Outrider.Core;

namespace Outrider.Replication;

/// <summary>Reads of one group at one node: those waiting for a confirmation, and those waiting for the disk.</summary>
internal sealed class NodeReads(Group group)
{
    private readonly SortedTable<long, (RequestId Request, ReadRequest Ask)> _byTicket = [];
    private readonly SortedTable<long, (RequestId Request, LogIndex Committed, bool Confirmed)> _onDisk = [];

    public void Begin(RequestId request, ReadRequest ask, Func<long> nextReadId, Effects effects)
    {
        if (!ask.Confirmed)
        {
            Serve(request, ask, group.Stream(ask.Stream).FsyncCommitted, false, nextReadId, effects);
            return;
        }

        if (group.ConfirmRead(ask.Stream, out var ticket)) _byTicket.Add(ticket, (request, ask));
        else effects.Reply(request, new NodeReply.NotLeader(group.Leader));
    }

    public void OnConfirmed(GroupOutput.ReadConfirmed read, Func<long> nextReadId, Effects effects)
    {
        if (_byTicket.Remove(read.Ticket, out var waiting))
            Serve(waiting.Request, waiting.Ask, read.UpTo, true, nextReadId, effects);
    }

    public bool OnRead(EntriesRead read, Effects effects)
    {
        if (!_onDisk.Remove(read.Id, out var waiting)) return false;
        NodeReply reply = read.Outcome switch
        {
            ReadOutcome.Ok => Entries(read.Entries, waiting.Committed, waiting.Confirmed),
            ReadOutcome.Trimmed => new NodeReply.Refused(NodeRefusal.Trimmed, "trimmed while it was read"),
            _ => new NodeReply.Refused(NodeRefusal.Unreadable, $"this node's disk: {read.Outcome}; ask another node"),
        };
        effects.Reply(waiting.Request, reply);
        return true;
    }

    /// <summary>The term is over: nothing can be confirmed in it any more.</summary>
    public void GiveUp(string reason, Effects effects)
    {
        foreach (var (request, _) in _byTicket.Values) effects.Reply(request, new NodeReply.Unknown(reason));
        _byTicket.Clear();
    }

    private static NodeReply.Entries Entries(IReadOnlyList<Entry> read, LogIndex committed, bool confirmed)
    {
        var items = new List<Entry>(read.Count);
        foreach (var entry in read)
            if (entry.Index <= committed) items.Add(entry);
        return new NodeReply.Entries(items, committed, confirmed);
    }

    private void Serve(
        RequestId request, ReadRequest ask, LogIndex committed, bool confirmed, Func<long> nextReadId, Effects effects)
    {
        var status = group.Stream(ask.Stream);
        if (ask.From <= status.BaseIndex && ask.From > LogIndex.Zero && status.BaseIndex > LogIndex.Zero)
        {
            var reason = $"entries up to {status.BaseIndex} are trimmed; read from {status.BaseIndex.Next()}";
            effects.Reply(request, new NodeReply.Refused(NodeRefusal.Trimmed, reason));
            return;
        }

        if (ask.From > committed)
        {
            effects.Reply(request, new NodeReply.Entries([], committed, confirmed));
            return;
        }

        if (ask.From < group.FirstInMemory(ask.Stream))
        {
            var id = nextReadId();
            _onDisk.Add(id, (request, committed, confirmed));
            var key = new StreamKey(group.Id, ask.Stream);
            effects.ReadEntries(new ReadEntries(id, key, ask.From, ask.MaxEntries, ask.MaxBytes));
            return;
        }

        var items = new List<Entry>();
        var bytes = 0L;
        for (var index = ask.From; index <= committed && items.Count < ask.MaxEntries; index = index.Next())
        {
            if (group.TryGet(ask.Stream, index) is not { } entry) break;
            bytes += entry.SizeBytes;
            if (items.Count > 0 && bytes > ask.MaxBytes) break;
            items.Add(entry);
        }

        effects.Reply(request, new NodeReply.Entries(items, committed, confirmed));
    }
}
