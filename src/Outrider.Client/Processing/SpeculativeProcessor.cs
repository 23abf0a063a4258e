using Outrider.Core;
using Outrider.Log;

namespace Outrider.Client.Processing;

/// <summary>What a handler makes of one record: it changes the state and may emit outputs.</summary>
/// <param name="state">The state before the record; a persistent state is returned changed, a mutable one in
/// place.</param>
/// <param name="record">The record.</param>
/// <param name="emit">Hands over an output; it leaves only when confirmed.</param>
/// <returns>The state after the record.</returns>
/// <remarks>
/// It must depend on nothing but its arguments: after a revocation it runs again over the records that remain.
/// </remarks>
public delegate TState RecordHandler<TState, TOutput>(TState state, LogRecord record, Action<TOutput> emit);

/// <summary>Where a processor can begin again: its state after every record below a confirmed position.</summary>
public sealed record Checkpoint<TState>(Position Next, TState State);

/// <summary>Bounds on how far a processor runs ahead of confirmation.</summary>
/// <param name="MaxRecords">Unconfirmed records it applies at most; beyond it, it asks for no more.</param>
/// <param name="BatchRecords">Records between two kept states: fewer cost memory, more cost replay.</param>
public sealed record SpeculationBounds(int MaxRecords = 100_000, int BatchRecords = 64);

/// <summary>
/// Applies records as they arrive, speculative ones included, and keeps its state right under revocation by itself: it
/// goes back to the last state kept at or before the first revoked record and replays what remains.
/// </summary>
/// <remarks>
/// A synchronous value, driven by whoever reads the subscription. It needs no undo code of the application, unlike the
/// undo log that SpecLog's evaluation asks for.
/// </remarks>
public sealed class SpeculativeProcessor<TState, TOutput>
{
    private readonly ProcessorBugs _bugs;
    private readonly IStateKeeping<TState> _keeping;
    private readonly RecordHandler<TState, TOutput> _handler;
    private readonly SpeculationBounds _bounds;
    private readonly OutputGate<TOutput> _gate;
    private readonly List<LogRecord> _applied = [];
    private readonly List<Kept> _kept = [];
    private TState _state;
    private Position _confirmed;
    private Position _next;

    /// <param name="group">Names the outputs' keys.</param>
    /// <param name="start">Where to begin: a saved checkpoint, or position 0 with an empty state.</param>
    /// <param name="handler">Applied to each record in order.</param>
    /// <param name="keeping">How states are kept.</param>
    /// <param name="bounds">How far to run ahead.</param>
    /// <param name="bugs">None outside tests.</param>
    public SpeculativeProcessor(
        string group, Checkpoint<TState> start, RecordHandler<TState, TOutput> handler,
        IStateKeeping<TState> keeping, SpeculationBounds? bounds = null, ProcessorBugs bugs = ProcessorBugs.None)
    {
        _bugs = bugs;
        _keeping = keeping;
        _handler = handler;
        _bounds = bounds ?? new SpeculationBounds();
        Check.That(_bounds.MaxRecords > 0 && _bounds.BatchRecords > 0);
        _gate = new OutputGate<TOutput>(group, bugs);
        _gate.Release(start.Next);
        _confirmed = _next = start.Next;
        _state = start.State;
        _kept.Add(new(start.Next, keeping.Keep(start.State)));
    }

    /// <summary>The state after everything applied, speculative records included.</summary>
    public TState State => _state;

    /// <summary>Everything below it is final.</summary>
    public Position Confirmed => _confirmed;

    /// <summary>Unconfirmed records applied.</summary>
    public int SpeculativeCount => _applied.Count - IndexOf(_confirmed);

    /// <summary>Records it can take now without breaking its bound: what to credit the subscription with.</summary>
    public int Room => Math.Max(0, _bounds.MaxRecords - SpeculativeCount);

    public long RollbacksTotal { get; private set; }
    public long ReplayedTotal { get; private set; }
    public int HeldOutputs => _gate.HeldCount;

    /// <summary>Outputs made and taken back since the last call, the gate notwithstanding: only for readers who are
    /// told of revocations in turn, as by a <see cref="CascadeWriter"/>. The first call begins the tracking.</summary>
    public EarlyChanges<TOutput> TakeEarly()
    {
        _gate.TracksEarly = true;
        return _gate.TakeEarly();
    }

    /// <summary>Takes one push of a subscription; gives the outputs that may leave now, in order.</summary>
    public IReadOnlyList<Output<TOutput>> Step(LogReply push)
    {
        switch (push)
        {
            case LogReply.Records records:
                foreach (var record in records.Items) Apply(record);
                if (records.Next > _next) _next = records.Next;
                return records.Certainty == Certainty.Confirmed ? Confirm(records.Next) : Nothing;
            case LogReply.Confirmed confirmed:
                return Confirm(confirmed.UpTo);
            case LogReply.Revoked revoked:
                Revoke(revoked.From, revoked.Positions);
                return Nothing;
            default:
                return Nothing;
        }
    }

    /// <summary>
    /// The subscription was lost: goes back to the last confirmed record; subscribe again from
    /// <see cref="Confirmed"/>.
    /// </summary>
    public void Disconnected()
    {
        if (SpeculativeCount > 0) Rewind(_confirmed, static _ => false);
        if (!_bugs.HasFlag(ProcessorBugs.ForgetToReadAgain)) _next = _confirmed;
    }

    private static IReadOnlyList<Output<TOutput>> Nothing => [];

    /// <summary>
    /// The newest confirmed state. Save it in one transaction with the keys of the outputs released before it, and
    /// start from it again after a crash.
    /// </summary>
    public Checkpoint<TState> TakeCheckpoint()
    {
        if (_bugs.HasFlag(ProcessorBugs.CheckpointAhead)) return new(_confirmed, _keeping.Keep(_state));
        var state = _keeping.Resume(_kept[0].State);
        foreach (var record in _applied)
        {
            if (record.Position < _confirmed) state = _handler(state, record, static _ => { });
        }

        return new(_confirmed, state);
    }

    private void Apply(LogRecord record)
    {
        // A push that overlaps what is applied already (after a reconnect) repeats the same records.
        if (record.Position < _next) return;
        Run(record);
        _next = record.Position.Next();
    }

    private void Run(LogRecord record)
    {
        if (_applied.Count - IndexOf(_kept[^1].Before) >= _bounds.BatchRecords)
            _kept.Add(new(record.Position, Keep(_state)));
        _applied.Add(record);
        // A replay may begin at a kept state below the confirmed position; those outputs have left already.
        var position = record.Position;
        _state = position < _confirmed && !_bugs.HasFlag(ProcessorBugs.EmitConfirmedAgain)
            ? _handler(_state, record, static _ => { })
            : _handler(_state, record, value => _gate.Hold(position, value));
    }

    private IReadOnlyList<Output<TOutput>> Confirm(Position upTo)
    {
        if (upTo <= _confirmed) return Nothing;
        _confirmed = upTo;
        if (_next < upTo) _next = upTo;
        if (IndexOf(upTo) == _applied.Count)
        {
            // Everything applied is final: the present state is the best one to go back to.
            _kept.Clear();
            _kept.Add(new(upTo, Keep(_state)));
        }

        var newest = _kept.FindLastIndex(k => k.Before <= upTo);
        Check.That(newest >= 0);
        _kept.RemoveRange(0, newest);
        _applied.RemoveRange(0, IndexOf(_kept[0].Before));
        return _gate.Release(upTo);
    }

    private void Revoke(Position from, IReadOnlyList<Position> positions)
    {
        Check.That(from >= _confirmed);
        Rewind(from, record => !Contains(positions, record.Position));
    }

    /// <summary>Goes back to before <paramref name="from"/> and replays the later records that still hold.</summary>
    private void Rewind(Position from, Func<LogRecord, bool> holds)
    {
        var index = _kept.FindLastIndex(k => k.Before <= from);
        if (_bugs.HasFlag(ProcessorBugs.RewindTooLittle)) index = _kept.Count - 1;
        Check.That(index >= 0);
        var kept = _kept[index];
        _kept.RemoveRange(index + 1, _kept.Count - index - 1);
        _state = _bugs.HasFlag(ProcessorBugs.ResumeWithoutCopy) ? kept.State : _keeping.Resume(kept.State);
        _gate.Drop(kept.Before > _confirmed ? kept.Before : _confirmed);
        RollbacksTotal++;

        var first = IndexOf(kept.Before);
        var again = _applied.GetRange(first, _applied.Count - first);
        _applied.RemoveRange(first, again.Count);
        foreach (var record in again)
        {
            var holdsStill = record.Position < from || holds(record);
            if (!holdsStill && !_bugs.HasFlag(ProcessorBugs.ReplayRevoked)) continue;
            Run(record);
            ReplayedTotal++;
        }
    }

    private TState Keep(TState state) =>
        _bugs.HasFlag(ProcessorBugs.KeepWithoutCopy) ? state : _keeping.Keep(state);

    /// <summary>How many applied records stand before a position.</summary>
    private int IndexOf(Position position)
    {
        var low = 0;
        var high = _applied.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_applied[middle].Position < position) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private static bool Contains(IReadOnlyList<Position> sorted, Position position)
    {
        var low = 0;
        var high = sorted.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = sorted[middle].CompareTo(position);
            if (order == 0) return true;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return false;
    }

    /// <summary>The state before every record at or after <paramref name="Before"/>.</summary>
    private readonly record struct Kept(Position Before, TState State);
}
