using Outrider.Core;
using Outrider.Log;

namespace Outrider.Client.Processing;

/// <summary>
/// Holds outputs until the records they rest on are confirmed, and drops those whose records were revoked. Nothing
/// leaves by another way.
/// </summary>
/// <remarks>
/// An output made from the record at position p rests on every record at or below p that its state has seen. So it may
/// leave when everything up to and including p is confirmed, and must be forgotten when anything at or below p is
/// revoked; the replay makes it anew if it still holds.
/// </remarks>
/// <param name="group">Names the outputs' keys.</param>
/// <param name="bugs">None outside tests.</param>
public sealed class OutputGate<T>(string group, ProcessorBugs bugs = ProcessorBugs.None)
{
    private readonly Queue<Output<T>> _held = new();
    private readonly List<Output<T>> _kept = [];
    private readonly List<Output<T>> _early = [];
    private Position? _earlyDropped;
    private Position _openBelow;
    private Position _lastHeld;
    private int _numberAtLast;

    /// <summary>Remember what is held and dropped for <see cref="TakeEarly"/>.</summary>
    public bool TracksEarly { get; set; }

    public int HeldCount => _held.Count;

    /// <summary>Outputs let out so far.</summary>
    public long ReleasedTotal { get; private set; }

    /// <summary>Outputs dropped because what they rested on was revoked.</summary>
    public long DroppedTotal { get; private set; }

    /// <summary>Takes an output of the record at a position; positions never go back but by Drop.</summary>
    public OutputKey Hold(Position position, T value)
    {
        Check.That(position >= _openBelow);
        Check.That(_held.Count == 0 || position >= _lastHeld);
        var goesOn = position == _lastHeld && (_held.Count > 0 || bugs.HasFlag(ProcessorBugs.NumbersGoOn));
        _numberAtLast = goesOn ? _numberAtLast + 1 : 0;
        _lastHeld = position;
        var key = new OutputKey(group, position, _numberAtLast);
        _held.Enqueue(new(key, value));
        if (TracksEarly) _early.Add(new(key, value));
        return key;
    }

    /// <summary>What was held and dropped since the last call: for those who pass on what may yet be revoked.</summary>
    public EarlyChanges<T> TakeEarly()
    {
        var changes = new EarlyChanges<T>(_earlyDropped, [.. _early]);
        _early.Clear();
        _earlyDropped = null;
        return changes;
    }

    /// <summary>Everything below <paramref name="upTo"/> is confirmed: gives what may leave now, in order.</summary>
    public IReadOnlyList<Output<T>> Release(Position upTo)
    {
        if (upTo <= _openBelow) return [];
        _openBelow = upTo;
        var released = new List<Output<T>>();
        var limit = bugs.HasFlag(ProcessorBugs.ReleaseOneTooMany) ? upTo.Next() : upTo;
        while (_held.TryPeek(out var next) && next.Key.Position < limit) released.Add(_held.Dequeue());
        ReleasedTotal += released.Count;
        return released;
    }

    /// <summary>Forgets what rests on anything at or after <paramref name="from"/>.</summary>
    public void Drop(Position from)
    {
        // What has left can not be called back, so a revocation below the gate is a broken promise of the log.
        Check.That(from >= _openBelow);
        if (TracksEarly)
        {
            _early.RemoveAll(output => output.Key.Position >= from);
            if (_earlyDropped is null || from < _earlyDropped) _earlyDropped = from;
        }

        _kept.Clear();
        while (_held.TryDequeue(out var next))
        {
            if (next.Key.Position < from || bugs.HasFlag(ProcessorBugs.KeepRevokedOutputs)) _kept.Add(next);
            else DroppedTotal++;
        }

        foreach (var output in _kept) _held.Enqueue(output);
        if (bugs.HasFlag(ProcessorBugs.NumbersGoOn)) return;
        _lastHeld = _kept.Count > 0 ? _kept[^1].Key.Position : _openBelow;
        _numberAtLast = _kept.Count > 0 ? _kept[^1].Key.Number : 0;
    }
}
