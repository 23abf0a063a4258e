using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>What replicated streams promise, judged over a recorded history; pure functions.</summary>
public static class StreamCheckers
{
    public static IReadOnlyList<CheckerReport> All(ReplicationHistory history) =>
    [
        Agreement(history),
        Order(history),
        Acknowledged(history),
        Duplicates(history),
        Fencing(history),
        Reads(history),
        new CheckerReport("clients", history.Acks.Count + history.Reads.Count, history.Broken.FirstOrDefault()),
    ];

    /// <summary>Every copy that shows an index as committed shows the same entry there.</summary>
    public static CheckerReport Agreement(ReplicationHistory history)
    {
        var facts = 0L;
        string? problem = null;
        foreach (var stream in history.Streams)
        {
            facts += stream.Observations;
            if (problem is null && stream.Conflicts.Count > 0)
            {
                var (first, then) = stream.Conflicts[0];
                problem = $"{stream.Key}{first.Index}: {first.Node} showed {first.Term} {first.Kind} " +
                    $"({first.Producer},{first.Sequence}) as committed, {then}";
            }
        }

        return new CheckerReport("agreement", facts, problem);
    }

    /// <summary>
    /// Terms never fall, slots add up, and a producer's sequences ascend: an entry's place says its time.
    /// </summary>
    public static CheckerReport Order(ReplicationHistory history)
    {
        var facts = 0L;
        string? problem = null;
        foreach (var stream in history.Streams)
        {
            var last = new Dictionary<ProducerId, long>();
            CommittedEntry? previous = null;
            for (var i = 1L; i <= stream.End.Value; i++)
            {
                if (stream.At(new(i)) is not { } entry)
                {
                    previous = null;
                    continue;
                }

                facts++;
                if (previous is { } before)
                {
                    if (before.Term > entry.Term)
                        problem ??= $"{stream.Key}{entry.Index}: {entry.Term} after {before.Term}";
                    if (before.FirstSlot + before.Slots != entry.FirstSlot)
                        problem ??= $"{stream.Key}{entry.Index}: slot {entry.FirstSlot} after " +
                            $"{before.FirstSlot}+{before.Slots}";
                }

                if (!entry.Producer.IsNone)
                {
                    if (last.TryGetValue(entry.Producer, out var sequence) && sequence > entry.Sequence)
                        problem ??= $"{stream.Key}{entry.Index}: {entry.Producer} {entry.Sequence} after {sequence}";
                    last[entry.Producer] = entry.Sequence;
                }

                previous = entry;
            }
        }

        return new CheckerReport("order", facts, problem);
    }

    /// <summary>
    /// An acknowledged append stands where it was acknowledged. The memory class may be lost, but only when the first
    /// later seal says so.
    /// </summary>
    public static CheckerReport Acknowledged(ReplicationHistory history)
    {
        var facts = 0L;
        string? problem = null;
        foreach (var ack in history.Acks)
        {
            facts++;
            var stream = history.Stream(ack.Stream);
            var stands = stream.At(ack.Index) is { } entry && IsOf(entry, ack);
            // In a run that was cut short, a memory-class entry may still be on its way to disk.
            if (stands || (!history.IsComplete && ack.Index > stream.End)) continue;
            if (ack.Durability == Durability.MemoryQuorum && MayBeLost(stream, ack)) continue;
            var there = stream.At(ack.Index) is { } other
                ? $"holds {other.Term} {other.Kind} ({other.Producer},{other.Sequence})"
                : $"is not committed (the end is {stream.End})";
            problem ??= $"{ack.Stream}{ack.Index}: acknowledged ({ack.Producer},{ack.Sequence}) {ack.Durability} " +
                $"in {ack.Term} by {ack.By} at {ack.AckedMicros / 1000} ms, but the place {there}";
        }

        return new CheckerReport("acknowledged", facts, problem);
    }

    /// <summary>A producer's sequence number is committed at most once in a stream.</summary>
    public static CheckerReport Duplicates(ReplicationHistory history)
    {
        var facts = 0L;
        string? problem = null;
        foreach (var stream in history.Streams)
        {
            var seen = new Dictionary<(ProducerId, long), LogIndex>();
            for (var i = 1L; i <= stream.End.Value; i++)
            {
                if (stream.At(new(i)) is not { } entry || entry.Producer.IsNone) continue;
                facts++;
                if (!seen.TryAdd((entry.Producer, entry.Sequence), entry.Index))
                    problem ??= $"{stream.Key}: ({entry.Producer},{entry.Sequence}) stands at " +
                        $"{seen[(entry.Producer, entry.Sequence)]} and {entry.Index}";
            }
        }

        return new CheckerReport("duplicates", facts, problem);
    }

    /// <summary>
    /// One leader a term, and no leader acknowledges on disk at or after the first seal of a later term.
    /// </summary>
    public static CheckerReport Fencing(ReplicationHistory history)
    {
        var facts = 0L;
        string? problem = null;
        var leaders = new Dictionary<(GroupId, Term), (NodeId, long)>();
        foreach (var opened in history.Opened)
        {
            facts++;
            var who = (opened.Node, opened.Life);
            if (!leaders.TryAdd((opened.Group, opened.Term), who) && leaders[(opened.Group, opened.Term)] != who)
                problem ??= $"{opened.Group} {opened.Term} " +
                    $"was opened by {leaders[(opened.Group, opened.Term)]} and {who}";
        }

        foreach (var ack in history.Acks)
        {
            facts++;
            if (ack.Durability != Durability.FsyncQuorum) continue;
            if (FirstSealAfter(history.Stream(ack.Stream), ack.Term) is { } seal && seal.Index <= ack.Index)
                problem ??= $"{ack.Stream}{ack.Index} of {ack.Term} acknowledged by {ack.By} at or after the seal of " +
                    $"{seal.Term} at {seal.Index}";
        }

        return new CheckerReport("fencing", facts, problem);
    }

    /// <summary>
    /// A confirmed read shows everything acknowledged, and everything a confirmed read had shown, before it was asked.
    /// </summary>
    public static CheckerReport Reads(ReplicationHistory history)
    {
        var facts = 0L;
        string? problem = null;
        foreach (var group in history.Reads.GroupBy(r => r.Stream).OrderBy(g => g.Key))
        {
            var stream = history.Stream(group.Key);
            // What was lost with a mark may come back to the same place when it is asked for again, in a later term.
            var earlier = history.Acks.Where(a => a.Stream == group.Key &&
                    stream.At(a.Index) is { } entry && IsOf(entry, a) && entry.Term == a.Term)
                .Select(a => (At: a.AckedMicros, a.Index, What: $"append acknowledged by {a.By}"))
                .Concat(group.Select(r => (At: r.AnsweredMicros, Index: r.Committed, What: $"read at {r.By}")))
                .OrderBy(f => f.At).ToList();
            var next = 0;
            var newest = (Index: LogIndex.Zero, What: "", At: 0L);
            foreach (var read in group.OrderBy(r => r.InvokedMicros))
            {
                for (; next < earlier.Count && earlier[next].At < read.InvokedMicros; next++)
                    if (earlier[next].Index > newest.Index)
                        newest = (earlier[next].Index, earlier[next].What, earlier[next].At);
                facts++;
                if (read.Committed < newest.Index)
                    problem ??= $"{read.Stream}: the confirmed read at {read.By} asked at " +
                        $"{read.InvokedMicros / 1000} ms shows {read.Committed}, but {newest.Index} was known at " +
                        $"{newest.At / 1000} ms ({newest.What})";
                foreach (var (index, digest) in read.Items)
                {
                    facts++;
                    if (stream.At(index) is { } entry && entry.Digest != digest)
                        problem ??= $"{read.Stream}{index}: a confirmed read at {read.By} showed another entry than " +
                            $"the committed {entry.Term} {entry.Kind}";
                }
            }
        }

        return new CheckerReport("reads", facts, problem);
    }

    private static bool IsOf(in CommittedEntry entry, AckedAppend ack) =>
        entry.Producer == ack.Producer && entry.Sequence == ack.Sequence;

    /// <summary>
    /// The verdict rule: lost only at or after the first committed seal of a later term, marked as loss.
    /// </summary>
    private static bool MayBeLost(StreamHistory stream, AckedAppend ack) =>
        FirstSealAfter(stream, ack.Term) is { } seal && seal.Index <= ack.Index && seal.HasLoss;

    private static CommittedEntry? FirstSealAfter(StreamHistory stream, Term term)
    {
        for (var i = 1L; i <= stream.End.Value; i++)
            if (stream.At(new(i)) is { Kind: EntryKind.Seal } seal && seal.Term > term) return seal;
        return null;
    }
}
