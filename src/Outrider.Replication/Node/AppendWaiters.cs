using Outrider.Core;

namespace Outrider.Replication;

/// <summary>
/// Requests of one group that stand in its log and wait for their commit: first in, first answered, each by the class
/// it asked for.
/// </summary>
internal sealed class AppendWaiters(Group group)
{
    // Few, ascending: walked in every step.
    private readonly List<Waiting> _streams = [];

    public int Count { get; private set; }

    /// <summary>What is waited for; both if nothing is.</summary>
    public AckHaste Haste
    {
        get
        {
            var haste = AckHaste.None;
            foreach (var waiting in _streams)
            {
                if (waiting.Memory.Count > 0) haste |= AckHaste.Memory;
                if (waiting.Fsync.Count > 0) haste |= AckHaste.Fsync;
                if (waiting.Duplicates.Count > 0) haste = AckHaste.Both;
            }

            return haste == AckHaste.None ? AckHaste.Both : haste;
        }
    }

    public void Add(StreamId stream, RequestId request, AppendOutcome outcome, Durability durability, bool isAppend)
    {
        var waiting = Of(stream);
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
        foreach (var waiting in _streams)
        {
            var status = group.Stream(waiting.Stream);
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
        foreach (var waiting in _streams)
        {
            foreach (var waiter in waiting.Memory) effects.Reply(waiter.Request, new NodeReply.Unknown(reason));
            foreach (var waiter in waiting.Fsync) effects.Reply(waiter.Request, new NodeReply.Unknown(reason));
            foreach (var waiter in waiting.Duplicates) effects.Reply(waiter.Request, new NodeReply.Unknown(reason));
        }

        _streams.Clear();
        Count = 0;
    }

    private Waiting Of(StreamId stream)
    {
        var at = 0;
        while (at < _streams.Count && _streams[at].Stream.CompareTo(stream) < 0) at++;
        if (at == _streams.Count || _streams[at].Stream != stream) _streams.Insert(at, new Waiting(stream));
        return _streams[at];
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

    private sealed class Waiting(StreamId stream)
    {
        public StreamId Stream => stream;
        public Queue<Waiter> Memory { get; } = new();
        public Queue<Waiter> Fsync { get; } = new();
        public List<Waiter> Duplicates { get; } = [];
    }
}
