using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Log;

/// <summary>
/// Ends a replica id: its group is closed for good, the copies are sealed and levelled, and then its kept length is
/// known. Only the ordering stream's entry makes it a failure; everything here may be repeated by a later leader.
/// </summary>
internal sealed class FailFlow
{
    private readonly LogContext _context;
    private readonly RidState _rid;
    private GroupCloser _closer;
    private readonly long _startedMicros;
    private long _closerMicros;
    private bool _levelling;

    public FailFlow(LogContext context, RidState rid)
    {
        _context = context;
        _rid = rid;
        _startedMicros = context.NowMicros;
        _closer = NewCloser();
    }

    public Rid Rid => _rid.Rid;

    /// <summary>Set once the kept length is known.</summary>
    public Lsn? Keep { get; private set; }

    /// <summary>Nobody answered in time: what is kept rests on reports alone.</summary>
    public bool Abandoned { get; private set; }

    private GroupCloser NewCloser()
    {
        _closerMicros = _context.NowMicros;
        _levelling = false;
        var closer = new GroupCloser(LogContext.GroupOf(_rid.Rid), _context.Groups, LogContext.Stream);
        closer.Start(_context.NowMicros, _context.Effects);
        return closer;
    }

    public bool Step(in Event e) => _closer.Step(in e, _context.Effects);

    /// <param name="reachable">Whether a node has been heard of lately.</param>
    /// <param name="reported">The longest length that is known to be on all copies.</param>
    public void Poll(Func<NodeId, bool> reachable, Lsn reported)
    {
        if (Keep is not null) return;
        switch (_closer.Phase)
        {
            case CloserPhase.Closing:
                break;
            case CloserPhase.Sealing:
                if (!_levelling && _closer.Sealed.Count > 0 && HeardEnough(reachable))
                {
                    _levelling = true;
                    _closer.Level(_context.NowMicros, _context.Effects);
                }
                else if (_closer.Sealed.Count == 0 && Waited(2 * _context.Options.AbandonMicros))
                {
                    // What every copy had on disk will be there when one of them comes back.
                    Abandoned = true;
                    Keep = reported;
                }

                break;
            case CloserPhase.Leveling:
                break;
            case CloserPhase.Done:
                Keep = new(_closer.Sealed.Max(copy => copy.EndSlot));
                break;
            case CloserPhase.Failed:
                Retry(reported);
                break;
            default:
                throw Check.Unreachable(_closer.Phase);
        }
    }

    private void Retry(Lsn reported)
    {
        if (!_rid.Joined && reported.Value == 0 && Waited(_context.Options.AbandonMicros))
        {
            // It never took part: perhaps its group was never created. Nothing of it can have a position.
            Keep = default(Lsn);
            return;
        }

        if (_context.NowMicros - _closerMicros >= _context.Options.RetryMicros) _closer = NewCloser();
    }

    /// <summary>Every reachable copy, and a home copy unless none answers for long.</summary>
    private bool HeardEnough(Func<NodeId, bool> reachable)
    {
        if (_context.Has(LogBugs.SealAnyCopy)) return true;
        var (home, homeWanted) = (false, false);
        for (var i = 0; i < _closer.Copies.Count; i++)
        {
            var node = _closer.Copies[i];
            var answered = _closer.Sealed.Any(copy => copy.Node == node);
            if (!answered && reachable(node)) return Waited(2 * _context.Options.AbandonMicros);
            if (!_rid.Origin.Copies.Any(copy => copy.Node == node && copy.Home)) continue;
            homeWanted = true;
            home |= answered;
        }

        // A remote copy may lack what the home copies had already shown to readers.
        return home || !homeWanted || Waited(_context.Options.AbandonMicros);
    }

    public override string ToString() =>
        $"{Rid} of {_rid.Node} ({_closer.Phase}: {_closer.Sealed.Count} of {string.Join(' ', _closer.Copies)} sealed)";

    private bool Waited(long micros) => _context.NowMicros - _startedMicros >= micros;
}
