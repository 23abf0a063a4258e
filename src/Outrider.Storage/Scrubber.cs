using Outrider.Core;

namespace Outrider.Storage;

/// <summary>What one step of a scrub met.</summary>
/// <param name="CheckedBytes">Bytes read.</param>
/// <param name="PassDone">The last live segment has been checked; the next step begins anew.</param>
public sealed record ScrubStep(int CheckedBytes, bool PassDone, IReadOnlyList<JournalDamage> Damages);

/// <summary>
/// Verifies what is durable in the background, so that rot is found while peers still hold a copy. It goes batch by
/// batch; a host calls it when it has nothing better to do.
/// </summary>
internal sealed class Scrubber(IDisk disk, JournalOptions options, SegmentSet segments)
{
    private readonly BatchReader _batches = new(
        new SegmentWindow(disk, 256 << 10), new(options.ClusterId, options.Node), options.Bugs);
    private JournalPosition _at;
    private long _sequence;
    private long _incarnation;

    public ScrubStep Step(JournalPosition synced, int budgetBytes)
    {
        var damages = new List<JournalDamage>();
        if (segments.Find(_at.Generation) is not { } segment)
        {
            // The beginning of a pass, or the segment was freed meanwhile.
            segment = segments.Live[0];
            Begin(segment);
        }

        _batches.Open(segment);
        var read = 0;
        while (read < budgetBytes)
        {
            var sealedEnd = segment.Generation < synced.Generation ? int.MaxValue : synced.Offset;
            var found = _sequence == 0
                ? _batches.TryHeader(_at.Offset, out var batch)
                : _batches.TryNext(_at.Offset, _sequence, _incarnation, out batch);
            if (!found || batch.EndOffset > sealedEnd)
            {
                if (!found && _at.Offset < sealedEnd && IsMissing(segment))
                    damages.Add(new(segment.Name, _at.Offset, $"batch {_sequence} is unreadable"));
                if (segments.Find(segment.Generation + 1) is not { } next || next.Generation > synced.Generation)
                {
                    _at = default;
                    return new(read, PassDone: true, damages);
                }

                segment = next;
                Begin(segment);
                _batches.Open(segment);
                continue;
            }

            Verify(segment, batch, damages);
            read += batch.EndOffset - batch.Offset;
            _at = batch.End;
            _sequence = batch.Sequence + 1;
            _incarnation = batch.Incarnation;
        }

        return new(read, PassDone: false, damages);
    }

    private void Begin(Segment segment)
    {
        _at = new(segment.Generation, Layouts.SegmentHeaderBytes);
        _sequence = segment.FirstSequence;
        _incarnation = 0;
    }

    /// <summary>Nothing stands here: damage, unless the next segment goes on with just this sequence.</summary>
    private bool IsMissing(Segment segment) =>
        segments.Find(segment.Generation + 1) is not { } next || next.FirstSequence != _sequence;

    private void Verify(Segment segment, in BatchHeader batch, List<JournalDamage> damages)
    {
        var salt = _batches.Owner.RecordSalt(batch, options.Bugs);
        var body = _batches.Body(batch).Span;
        var at = 0;
        while (at < body.Length)
        {
            if (!RecordHeader.TryLength(body[at..], out var total) || !RecordHeader.Holds(body.Slice(at, total), salt))
            {
                damages.Add(new(segment.Name, batch.RecordsAt + at, $"a record of batch {batch.Sequence} is damaged"));
                return;
            }

            at += total;
        }
    }
}
