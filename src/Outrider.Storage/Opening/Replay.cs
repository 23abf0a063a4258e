using Outrider.Core;

namespace Outrider.Storage;

/// <summary>
/// Reads the journal in its order and decides, at each thing that does not hold, between a torn tail and damage: what
/// lies below the highest synced position that any later batch recorded was durable once, so it is damage; what lies
/// above it may never have been written whole, so the journal ends there.
/// </summary>
internal sealed class Replay(
    IDisk disk, JournalOptions options, IReadOnlyList<Segment> chain, JournalPosition limit, StreamTable table)
{
    private readonly BatchReader _batches = new(
        new SegmentWindow(disk, 1 << 20), new(options.ClusterId, options.Node), options.Bugs);
    private readonly SortedSet<long> _openCommits = [];
    private readonly List<JournalDamage> _damages = [];
    private readonly List<Segment> _headless = [];

    public long NextSequence { get; private set; }
    public long LastIncarnation { get; private set; }
    public long LastCommit { get; private set; }
    public JournalPosition End { get; private set; }
    public bool Clean { get; private set; }
    public string? Cut { get; private set; }
    public long Records { get; private set; }
    public long Bytes { get; private set; }
    public IReadOnlyList<JournalDamage> Damages => _damages;

    /// <summary>Group commits that lost records nobody can name; empty if recovery is complete.</summary>
    public IReadOnlyCollection<long> Unattributed => _openCommits;

    /// <summary>A block at or after the end could not be read: not the same as a torn write.</summary>
    public bool UnreadableEnd { get; private set; }

    public void Run()
    {
        Check.That(chain.Count > 0);
        NextSequence = chain[0].FirstSequence;
        LastCommit = chain[0].FirstCommit;
        for (var i = 0; i < chain.Count; i++)
        {
            var following = i + 1 < chain.Count ? chain[i + 1] : null;
            if (!RunSegment(chain[i], following)) return;
        }
    }

    /// <summary>False when the journal ends in this segment.</summary>
    private bool RunSegment(Segment segment, Segment? following)
    {
        _batches.Open(segment);
        if (segment.HeaderLost) _headless.Add(segment);
        var offset = Layouts.SegmentHeaderBytes;
        while (true)
        {
            // What stands here from this sequence on was cut by the life that began the next segment.
            if (following is not null && NextSequence != 0 && following.FirstSequence == NextSequence) return true;
            if (TryNext(offset, out var batch))
            {
                if (!Take(segment, batch)) return Stop(new(segment.Generation, offset));
                offset = batch.EndOffset;
                End = batch.End;
                continue;
            }

            var here = new JournalPosition(segment.Generation, offset);
            if (here >= limit) return Stop(here);
            if (!SkipDamage(segment, following, ref offset)) return following is not null || Stop(here);
        }
    }

    private bool TryNext(int offset, out BatchHeader batch)
    {
        // A segment whose header was rebuilt does not know what its first sequence is.
        if (NextSequence == 0) return _batches.TryHeader(offset, out batch);
        return _batches.TryNext(offset, NextSequence, LastIncarnation, out batch);
    }

    private bool Stop(JournalPosition end)
    {
        // A last segment without a batch is not kept: nothing vouches for its header.
        if (end.Offset > Layouts.SegmentHeaderBytes || end.Generation == chain[0].Generation) End = end;
        UnreadableEnd = _batches.Window.UnreadableAt.Exists(at => at + Layouts.BlockBytes > end.Offset);
        return false;
    }

    /// <summary>Finds where to go on behind damage in this segment; false if nothing of it is left.</summary>
    private bool SkipDamage(Segment segment, Segment? following, ref int offset)
    {
        var found = _batches.Scan(offset + 1);
        for (var i = 0; i < found.Count; i++)
        {
            var candidate = found[i];
            if (candidate.Sequence < NextSequence || candidate.Incarnation < LastIncarnation) continue;
            // Where a lost header was written again, the segment may begin with what was unreadable then.
            var isNext = candidate.Sequence == NextSequence;
            if (isNext && offset != Layouts.SegmentHeaderBytes) continue;
            // Behind the limit only the very next batch can follow: others may have survived what they follow.
            if (candidate.Start >= limit && candidate.Offset != Layouts.AlignBlock(limit.Offset)) break;
            if (Superseded(candidate, found, following)) continue;
            if (!isNext)
            {
                Note(segment, offset, $"batches {NextSequence} to {candidate.Sequence - 1} are unreadable");
                OpenCommits(candidate);
            }

            table.Break();
            NextSequence = candidate.Sequence;
            offset = candidate.Offset;
            return true;
        }

        Note(segment, offset, $"everything after batch {NextSequence - 1} of this segment is unreadable");
        _openCommits.Add(LastCommit);
        table.Break();
        if (following is not null) NextSequence = 0;
        return false;
    }

    /// <summary>A later life began at or before this sequence: the candidate is what a cut left behind.</summary>
    private static bool Superseded(in BatchHeader candidate, List<BatchHeader> found, Segment? following)
    {
        if (candidate.IsVoid(found)) return true;
        return following is not null && following.FirstSequence > 0 && following.FirstSequence <= candidate.Sequence;
    }

    private void OpenCommits(in BatchHeader next)
    {
        // The first batch of a commit is there, so of that commit nothing before it is missing.
        var last = next.IsFirst ? next.Commit - 1 : next.Commit;
        if (last >= LastCommit) _openCommits.Add(LastCommit);
        // Older ones have no ledger left; the one added above stands for them.
        for (var commit = Math.Max(LastCommit, last - Layouts.LedgerCommits); commit <= last; commit++)
            _openCommits.Add(commit);
    }

    /// <summary>Replays one batch; false if it is the torn end.</summary>
    private bool Take(Segment segment, in BatchHeader batch)
    {
        var anyNext = options.Bugs.ChecksumWithoutGeneration || options.Bugs.MisdirectedAccepted;
        if (NextSequence != 0) Check.That(anyNext || batch.Sequence == NextSequence);
        var body = _batches.Body(batch);
        var salt = _batches.Owner.RecordSalt(batch, options.Bugs);
        if (!Whole(batch, body.Span, salt, out var firstBad))
        {
            if (batch.End > limit)
            {
                Cut = $"{segment.Name} at {batch.Offset}: batch {batch.Sequence} was not written whole";
                return false;
            }

            Note(segment, batch.RecordsAt + firstBad, $"a record of batch {batch.Sequence} fails its checksum");
            _openCommits.Add(batch.Commit);
        }

        if (NextSequence == 0) OpenCommits(batch);
        // A life ends with its moves: a run of copies that it left without an end must not be taken up by the next.
        if (batch.Incarnation != LastIncarnation) table.AbandonMoves();
        if (batch.IsFirst && _openCommits.Count > 0) Settle(batch);
        // The ledger moved the window; ask for the body again.
        Apply(batch, _batches.Body(batch).Span, salt);
        foreach (var headless in _headless)
        {
            (headless.FirstSequence, headless.FirstCommit) = (batch.Sequence, batch.Commit);
            if (headless == segment) headless.Incarnation = batch.Incarnation;
        }

        _headless.Clear();
        NextSequence = batch.Sequence + 1;
        LastIncarnation = batch.Incarnation;
        LastCommit = batch.Commit;
        Clean = batch.IsClean || (Clean && options.Bugs.CleanMarkKept);
        Bytes += batch.EndOffset - batch.Offset;
        return true;
    }

    private bool Whole(in BatchHeader batch, ReadOnlySpan<byte> body, uint salt, out int at)
    {
        at = 0;
        var count = 0;
        while (at < body.Length)
        {
            if (!RecordHeader.TryLength(body[at..], out var total)) return false;
            var record = body.Slice(at, total);
            if (!options.Bugs.TornTailServed && !RecordHeader.Holds(record, salt)) return false;
            if (!RecordHeader.TryRead(record, out _)) return false;
            at += total;
            count++;
        }

        return count == batch.RecordCount && body.Length == batch.RecordBytes;
    }

    private void Apply(in BatchHeader batch, ReadOnlySpan<byte> body, uint salt)
    {
        for (var at = 0; at < body.Length;)
        {
            // After a bad record its length is taken on trial: the next one must hold by itself.
            if (!RecordHeader.TryLength(body[at..], out var total)) return;
            var record = body.Slice(at, total);
            var holds = options.Bugs.TornTailServed || RecordHeader.Holds(record, salt);
            if (holds && RecordHeader.TryRead(record, out var header))
            {
                var place = new Place(batch.Generation, batch.Offset, batch.RecordsAt + at);
                table.Apply(header, record[RecordHeader.Bytes..], place, batch.Commit);
                Records++;
            }

            at += total;
        }
    }

    /// <summary>Compares what a ledger says of damaged commits with what was replayed of them.</summary>
    private void Settle(in BatchHeader batch)
    {
        if (_batches.LedgerOf(batch) is not { } ledger) return;
        var oldest = batch.Commit - Layouts.LedgerCommits;
        foreach (var line in ledger.Lines)
        {
            if (!_openCommits.Contains(line.Commit)) continue;
            var stream = table.Ensure(line.Stream);
            if (stream.Counted(line.Commit).Count != line.Count) stream.Lose(line.Lowest, line.Last);
        }

        foreach (var state in ledger.States) table.ApplyState(state, state.Commit);
        for (var commit = oldest; commit < batch.Commit; commit++) _openCommits.Remove(commit);
    }

    private void Note(Segment segment, int offset, string what) => _damages.Add(new(segment.Name, offset, what));
}
