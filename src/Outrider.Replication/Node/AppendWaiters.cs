using Outrider.Core;

namespace Outrider.Replication;

/// <summary>
/// Requests of one group that stand in its log and wait for their commit: first in, first answered, each by the class
/// it asked for.
/// </summary>
internal sealed class AppendWaiters(Group group)
{
    private readonly SortedDictionary<StreamId, Waiting> _streams = [];

    public int Count { get; private set; }

    public void Add(StreamId stream, RequestId request, AppendOutcome outcome, Durability durability, bool isAppend)
    {
        if (!_streams.TryGetValue(stream, out var waiting)) _streams.Add(stream, waiting = new Waiting());
        var duplicate = outcome.Code == AppendCode.Duplicate;
        var waiter = new Waiter(outcome.Term, outcome.Index, request, durability, duplicate, isAppend);
        // Originals come in ascending order; only a retry stands anywhere.
        if (duplicate) waiting.Duplicates.Add(waiter);
        else if (durability == Durability.FsyncQuorum) waiting.Fsync.Enqueue(waiter);
        else waiting.Memory.Enqueue(waiter);
        Count++;
    }

    public void Answer(Effects effects)
    {
        if (Count == 0 || !group.MayAcknowledge) return;
        foreach (var (stream, waiting) in _streams)
        {
            var status = group.Stream(stream);
            var fsync = group.Has(ReplicationBugs.FsyncAckedByMemory) ? status.MemoryCommitted : status.FsyncCommitted;
            Drain(waiting.Memory, status.MemoryCommitted, effects);
            Drain(waiting.Fsync, fsync, effects);
            for (var i = waiting.Duplicates.Count - 1; i >= 0; i--)
            {
                var waiter = waiting.Duplicates[i];
                var byMemory = waiter.Durability == Durability.MemoryQuorum
                    || group.Has(ReplicationBugs.DuplicateAnsweredByMemory);
                var early = group.Has(ReplicationBugs.DuplicateAnsweredEarly);
                if (waiter.Index > (byMemory ? status.MemoryCommitted : fsync) && !early) continue;
                waiting.Duplicates.RemoveAt(i);
                Reply(waiter, effects);
            }
        }
    }

    /// <summary>The term is over: the entries may survive or not.</summary>
    public void GiveUp(string reason, Effects effects)
    {
        foreach (var waiting in _streams.Values)
        {
            foreach (var waiter in waiting.Memory) effects.Reply(waiter.Request, new NodeReply.Unknown(reason));
            foreach (var waiter in waiting.Fsync) effects.Reply(waiter.Request, new NodeReply.Unknown(reason));
            foreach (var waiter in waiting.Duplicates) effects.Reply(waiter.Request, new NodeReply.Unknown(reason));
        }

        _streams.Clear();
        Count = 0;
    }

    private void Drain(Queue<Waiter> queue, LogIndex committed, Effects effects)
    {
        while (queue.Count > 0 && queue.Peek().Index <= committed) Reply(queue.Dequeue(), effects);
    }

    private void Reply(Waiter waiter, Effects effects)
    {
        Count--;
        NodeReply reply = waiter.IsAppend
            ? new NodeReply.Appended(waiter.Term, waiter.Index, waiter.Durability, waiter.Duplicate)
            : new NodeReply.Done();
        effects.Reply(waiter.Request, reply);
    }

    private readonly record struct Waiter(
        Term Term, LogIndex Index, RequestId Request, Durability Durability, bool Duplicate, bool IsAppend);

    private sealed class Waiting
    {
        public Queue<Waiter> Memory { get; } = new();
        public Queue<Waiter> Fsync { get; } = new();
        public List<Waiter> Duplicates { get; } = [];
    }
}
