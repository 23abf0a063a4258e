using Outrider.Core;
using Outrider.Log;

namespace Outrider.Client.Processing;

/// <summary>
/// Reads a key that a <see cref="CascadeWriter"/> fills: takes the pushes of a speculative subscription to it and gives
/// those that a processor is to see. A derived record is final when it is confirmed itself and a verdict confirms what
/// it rests on; it is revoked when either is.
/// </summary>
public sealed class CascadeReader
{
    private readonly List<Item> _open = [];
    private readonly List<Verdict> _verdicts = [];
    private readonly List<(Position From, long Attempt)> _revoked = [];
    private Position _final;
    private Position _ownConfirmed;

    private sealed record Item(LogRecord Record, Position From, long Attempt)
    {
        public bool RestConfirmed { get; set; }
    }

    private sealed record Verdict(Position At, bool Confirms, Position From, long Attempt);

    /// <summary>Records delivered and not final.</summary>
    public int OpenCount => _open.Count;

    public IReadOnlyList<LogReply> Step(LogReply push)
    {
        var told = new List<LogReply>();
        switch (push)
        {
            case LogReply.Records records:
                Take(records, told);
                if (records.Certainty == Certainty.Confirmed) Confirm(records.Next, records.View, told);
                break;
            case LogReply.Confirmed confirmed:
                Confirm(confirmed.UpTo, confirmed.View, told);
                break;
            case LogReply.Revoked revoked:
                var gone = new SortedSet<Position>(revoked.Positions);
                _verdicts.RemoveAll(verdict => gone.Contains(verdict.At));
                Revoke(item => gone.Contains(item.Record.Position), revoked.View, told);
                break;
            case LogReply.Lost:
                told.Add(push);
                break;
            case LogReply.Ended ended:
                _verdicts.RemoveAll(verdict => verdict.At >= ended.From);
                _open.RemoveAll(item => item.Record.Position >= ended.From);
                told.Add(new LogReply.Ended(_final, ended.Reason));
                // Confirmed here, but not what they rest on: they do not come again by themselves.
                if (_open.Count > 0) told.Add(Deliver([.. _open.Select(item => item.Record)], ended.From, default));
                break;
            default:
                break;
        }

        return told;
    }

    private void Take(LogReply.Records records, List<LogReply> told)
    {
        var shown = new List<LogRecord>();
        foreach (var record in records.Items)
        {
            if (record.Position < _ownConfirmed) continue;
            var (fields, payload) = RecordFields.Read(record);
            var tag = CascadeTag.Of(fields);
            if (tag.Verdict is { } verdict)
            {
                var confirms = verdict == CascadeWriter.Confirms;
                _verdicts.Add(new(record.Position, confirms, tag.From ?? default, tag.Attempt));
                continue;
            }

            // A writer that does not know yet that it has been replaced.
            if (tag.From is { } rests && IsRevoked(rests, tag.Attempt)) continue;
            var plain = record with { Payload = payload, Headers = default };
            _open.Add(new(plain, tag.From ?? default, tag.Attempt) { RestConfirmed = tag.From is null });
            shown.Add(plain);
        }

        if (shown.Count > 0) told.Add(Deliver(shown, records.Next, records.View));
    }

    private void Confirm(Position upTo, View view, List<LogReply> told)
    {
        if (upTo > _ownConfirmed) _ownConfirmed = upTo;
        // A verdict counts when it is confirmed itself.
        while (_verdicts.Count > 0 && _verdicts[0].At < upTo)
        {
            var verdict = _verdicts[0];
            _verdicts.RemoveAt(0);
            if (verdict.Confirms)
            {
                // Of an attempt that is not the verdict's it says nothing: another writer may have seen other records.
                foreach (var item in _open)
                {
                    if (item.From < verdict.From && item.Record.Position < verdict.At
                        && item.Attempt <= verdict.Attempt) item.RestConfirmed = true;
                }

                continue;
            }

            _revoked.RemoveAll(older => older.From >= verdict.From);
            _revoked.Add((verdict.From, verdict.Attempt));
            Revoke(item => item.From >= verdict.From && item.Attempt >= 0 && item.Attempt < verdict.Attempt
                && !item.RestConfirmed, view, told);
        }

        _open.RemoveAll(item => item.RestConfirmed && item.Record.Position < _ownConfirmed
            && !_open.Exists(other => other.Record.Position < item.Record.Position && !other.RestConfirmed));
        var final = _open.Count == 0 || _open[0].Record.Position > _ownConfirmed
            ? _ownConfirmed : _open[0].Record.Position;
        if (final <= _final) return;
        _final = final;
        told.Add(new LogReply.Confirmed(final, view));
    }

    private void Revoke(Predicate<Item> which, View view, List<LogReply> told)
    {
        var gone = _open.FindAll(which).ConvertAll(item => item.Record.Position);
        if (gone.Count == 0) return;
        Check.That(gone[0] >= _final);
        _open.RemoveAll(which);
        told.Add(new LogReply.Revoked(gone[0], gone, view));
    }

    private bool IsRevoked(Position from, long attempt)
    {
        foreach (var (below, replacing) in _revoked)
            if (from >= below && attempt < replacing) return true;
        return false;
    }

    private static LogReply.Records Deliver(IReadOnlyList<LogRecord> records, Position next, View view) =>
        new(records, Certainty.Speculative, next, view);
}
