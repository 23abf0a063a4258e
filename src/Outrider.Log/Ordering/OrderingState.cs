using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// What the committed ordering stream means: a pure function of it, so that everybody who has read the same prefix
/// holds the same windows, tail, views and seats. No role writes to it except by applying an entry.
/// </summary>
public sealed class OrderingState
{
    private readonly List<RidState> _rids = [];
    private readonly List<RidState> _current = [];
    private readonly List<Rid?> _views = [null];
    private Rid[] _seats = [];

    /// <summary>None outside the simulator.</summary>
    internal LogBugs Bugs { get; init; }

    public OrderingState()
    {
    }

    /// <summary>As read from a snapshot.</summary>
    internal OrderingState(
        LogParameters parameters, WindowTable windows, Tail tail, Position trimmed, int view,
        IReadOnlyList<RidState> rids, Rid[] seats)
    {
        Parameters = parameters;
        Windows = windows;
        Tail = tail;
        Trimmed = trimmed;
        _rids.AddRange(rids);
        _seats = seats;
        for (var i = 0; i < view; i++) _views.Add(null);
        // What a view stands for otherwise, a join or a leave, no reader asks.
        for (var i = 0; i < rids.Count; i++)
        {
            if (rids[i].Lost is not null) Losses++;
            if (rids[i].Failed) _views[(int)rids[i].FailedIn.Value] = rids[i].Rid;
        }

        _current.AddRange(rids);
        Prune();
    }

    public LogParameters? Parameters { get; private set; }
    public WindowTable Windows { get; private set; } = new(1, rotate: false);
    public Tail Tail { get; private set; }

    /// <summary>Grows with every join, leave and failure.</summary>
    public View View => new(_views.Count - 1);

    /// <summary>Everything below is forgotten.</summary>
    public Position Trimmed { get; private set; }

    public IReadOnlyList<RidState> Rids => _rids;

    /// <summary>
    /// Those that matter to what comes: all but the failed ones of which everything kept is placed. Ascending.
    /// </summary>
    public IReadOnlyList<RidState> Current => _current;

    public bool Opened => Parameters is not null;
    public bool HasWindow => Windows.Count > 0;

    /// <summary>The first position that is not committed.</summary>
    public Position TailPosition
    {
        get
        {
            if (!HasWindow) return default;
            var window = Windows[Tail.Window];
            return window.Count == 0
                ? window.Start
                : new(window.Start.Value + Tail.Row * window.RowSlots + window.SlotsOfFirst(Tail.Row, Tail.First));
        }
    }

    /// <summary>
    /// Rows up to and including a row, counted from the committed tail; a row of the tail itself counts 1.
    /// </summary>
    public long Ahead(long rowNumber) => rowNumber + 1 - TailRowNumber;

    public long TailRowNumber => HasWindow ? Windows[Tail.Window].FirstRow + Tail.Row : 0;

    public RidState? Find(Rid rid) => rid.Value >= 0 && rid.Value < _rids.Count ? _rids[rid.Value] : null;

    /// <summary>Committed slots of a replica id.</summary>
    public Lsn CommittedOf(Rid rid) =>
        HasWindow ? Windows.LsnAt(rid, Tail.Window, Tail.Row, Tail.First) : default;

    /// <summary>Slots of a replica id that lie below the trim.</summary>
    public Lsn TrimmedOf(Rid rid)
    {
        if (!HasWindow || Trimmed == default) return default;
        // All windows that end above the trim are known, so it lies at the very end.
        if (!Windows.TryLocate(Trimmed, out var slot)) return Trimmed >= TailPosition ? CommittedOf(rid) : default;
        if (slot.Rid == rid) return slot.Lsn;
        var window = Windows[slot.Window];
        var step = window.StepOf(slot.Row, window.PlaceOf(slot.Rid));
        return Windows.LsnAt(rid, slot.Window, slot.Row, step);
    }

    /// <summary>Over, and the log is trimmed past everything that was placed of it.</summary>
    public bool IsGone(RidState rid) => Trimmed.Value > 0 && Ended(rid) && TrimmedOf(rid.Rid) >= EndOf(rid);

    /// <summary>Who failed in a view; null for a join or leave.</summary>
    public Rid? FailedIn(View view) => _views[(int)view.Value];

    /// <summary>The replica id that serves a seat's keys; null before the first one joined.</summary>
    public Rid? OwnerOf(ShardId shard, int seat)
    {
        var owner = _seats[shard.Value * Parameters!.SeatsPerShard + seat];
        return owner.Value < 0 ? null : owner;
    }

    /// <summary>Over: failed, or left with its last window committed.</summary>
    public bool Ended(RidState rid) =>
        rid.Failed || (rid.Leaving && (Tail.Window > rid.LastWindow || CommittedOf(rid.Rid) >= EndOf(rid)));

    /// <summary>The end of what can ever be placed of a replica id that has failed or is leaving.</summary>
    public Lsn EndOf(RidState rid)
    {
        if (rid.Keep is { } keep) return keep;
        Check.That(rid.Leaving);
        return Windows.LsnAt(rid.Rid, rid.LastWindow + 1, 0, 0);
    }

    /// <summary>The end of what can be read of a replica id that is over: what is lost lies behind it.</summary>
    public Lsn ReadableEndOf(RidState rid) => rid.Lost ?? EndOf(rid);

    /// <summary>Changes with every declaration of a loss.</summary>
    public long Losses { get; private set; }

    /// <summary>
    /// Whether slots of a replica id can be declared lost. Only once all of it is placed: then no slot of it is shown
    /// early, and no border of a window can take any of it back.
    /// </summary>
    public bool MayLose(Rid id, Lsn from) => Find(id) is { } rid && Ended(rid) && from < ReadableEndOf(rid)
        && CommittedOf(id) >= EndOf(rid);

    public OrderingState Clone()
    {
        var copy = new OrderingState
        {
            Bugs = Bugs,
            Parameters = Parameters,
            Windows = Windows.Clone(),
            Tail = Tail,
            Trimmed = Trimmed,
            Losses = Losses,
            _seats = (Rid[])_seats.Clone(),
        };
        foreach (var rid in _rids) copy._rids.Add(rid.Clone());
        foreach (var rid in _current) copy._current.Add(copy._rids[rid.Rid.Value]);
        copy._views.Clear();
        copy._views.AddRange(_views);
        return copy;
    }

    /// <summary>
    /// Goes on from a later state of the same stream; replica ids stay the objects that roles hold on to.
    /// </summary>
    internal void Become(OrderingState later)
    {
        Check.That(later._rids.Count >= _rids.Count && later.View >= View && later.Tail >= Tail);
        Parameters = later.Parameters;
        Windows = later.Windows;
        Tail = later.Tail;
        Trimmed = later.Trimmed;
        // Not a sum to be compared: a snapshot does not say how often.
        if (later.Losses > 0) Losses++;
        _seats = later._seats;
        _views.Clear();
        _views.AddRange(later._views);
        for (var i = 0; i < _rids.Count; i++) _rids[i].Become(later._rids[i]);
        for (var i = _rids.Count; i < later._rids.Count; i++) _rids.Add(later._rids[i]);
        _current.Clear();
        foreach (var rid in later._current) _current.Add(_rids[rid.Rid.Value]);
    }

    public void Apply(IReadOnlyList<OrderingChange> changes)
    {
        for (var i = 0; i < changes.Count; i++) Apply(changes[i]);
    }

    /// <summary>Applies a change; one that does not fit is ignored (false).</summary>
    public bool Apply(OrderingChange change) => change switch
    {
        OrderingChange.Open open => ApplyOpen(open),
        _ when !Opened => false,
        OrderingChange.Commit commit => ApplyCommit(commit),
        OrderingChange.FixWindow fix => ApplyFix(fix),
        OrderingChange.Admit admit => ApplyAdmit(admit),
        OrderingChange.Fail fail => ApplyFail(fail),
        OrderingChange.Trim trim => ApplyTrim(trim),
        OrderingChange.Lose lose => ApplyLose(lose),
        _ => throw Check.Unreachable(change),
    };

    private bool ApplyOpen(OrderingChange.Open open)
    {
        if (Opened || !open.Parameters.IsSound) return false;
        Parameters = open.Parameters;
        Windows = new(open.Parameters.RowsPerWindow, open.Parameters.Rotate);
        _seats = new Rid[open.Parameters.Shards * open.Parameters.SeatsPerShard];
        Array.Fill(_seats, new Rid(-1));
        return true;
    }

    private bool ApplyAdmit(OrderingChange.Admit admit)
    {
        var origin = admit.Origin;
        if (origin.Shard.Value >= Parameters!.Shards || origin.Seat >= Parameters.SeatsPerShard) return false;
        if (!MayAdmit(origin.Node, origin.Shard, origin.Seat, origin.Incarnation)) return false;
        var rid = new RidState(new(_rids.Count), origin);
        _rids.Add(rid);
        _current.Add(rid);
        return true;
    }

    /// <summary>
    /// Whether a life of a node may get a replica id for a seat: not while it has one, nor once it lives again. A life
    /// that was given up for dead by mistake goes on under a new one.
    /// </summary>
    public bool MayAdmit(NodeId node, ShardId shard, int seat, Incarnation life)
    {
        for (var i = _rids.Count - 1; i >= 0; i--)
        {
            var origin = _rids[i].Origin;
            if (origin.Node != node || origin.Shard != shard || origin.Seat != seat) continue;
            // The newest decides: lives are admitted in their order, and a second one of a life after the first ended.
            return origin.Incarnation < life
                || (origin.Incarnation == life && (_rids[i].Failed || _rids[i].Leaving));
        }

        return true;
    }

    private bool ApplyCommit(OrderingChange.Commit commit)
    {
        var next = new Tail(commit.Window, commit.Row, commit.First);
        if (next <= Tail || commit.Window >= Windows.Count) return false;
        var window = Windows[commit.Window];
        if (commit.Row > window.Rows || (commit.Row == window.Rows && commit.First > 0)) return false;
        if (commit.First >= Math.Max(1, window.Count)) return false;
        Tail = next;
        Settle();
        return true;
    }

    private bool ApplyFix(OrderingChange.FixWindow fix)
    {
        if (fix.Index != Windows.Count) return false;
        if (!FitsRows(fix.RowsOfPrevious) || !FitsMembers(fix)) return false;
        Windows.Add(fix.RowsOfPrevious, fix.Quotas);
        for (var i = 0; i < fix.Leaves.Count; i++) _rids[fix.Leaves[i].Value].LastWindow = fix.Index - 1;
        for (var i = 0; i < fix.Joins.Count; i++) _rids[fix.Joins[i].Value].JoinedIn = fix.Index;
        // An early close takes back slots that a failed sub-log had been promised: they have no position any more.
        for (var i = 0; i < _current.Count; i++)
        {
            if ((Bugs & (LogBugs.KeepPastEarlyClose | LogBugs.KeepUnclamped)) != 0) break;
            if (_current[i].Keep is not { } keep || Windows.Last.PlaceOf(_current[i].Rid) >= 0) continue;
            var end = Windows.EndOf(_current[i].Rid);
            if (end < keep) _current[i].Keep = end;
        }

        if (fix.Joins.Count + fix.Leaves.Count > 0) _views.Add(null);
        ShareSeats();
        Settle();
        return true;
    }

    private bool FitsRows(long rows)
    {
        if (!HasWindow) return true;
        var last = Windows.Last;
        if (rows > last.Rows) return false;
        // Nothing committed may be cut off.
        return Tail.Window < last.Index || rows >= Tail.Row + (Tail.First > 0 ? 1 : 0);
    }

    private bool FitsMembers(OrderingChange.FixWindow fix)
    {
        for (var i = 0; i < fix.Joins.Count; i++)
            if (Find(fix.Joins[i]) is not { Joined: false, Failed: false }) return false;
        for (var i = 0; i < fix.Leaves.Count; i++)
            if (Find(fix.Leaves[i]) is not { Live: true }) return false;
        for (var i = 0; i < fix.Quotas.Count; i++)
        {
            if (i > 0 && fix.Quotas[i - 1].Rid.Value >= fix.Quotas[i].Rid.Value) return false;
            if (Find(fix.Quotas[i].Rid) is not { Failed: false, Leaving: false } rid) return false;
            if (!rid.Joined && !fix.Joins.Contains(rid.Rid)) return false;
            if (fix.Leaves.Contains(rid.Rid)) return false;
        }

        return true;
    }

    private bool ApplyFail(OrderingChange.Fail fail)
    {
        if (Find(fail.Rid) is not { Failed: false } rid) return false;
        if (fail.Keep < CommittedOf(fail.Rid)) return false;
        var end = Windows.EndOf(fail.Rid);
        rid.Keep = fail.Keep < end || Bugs.HasFlag(LogBugs.KeepUnclamped) ? fail.Keep : end;
        _views.Add(fail.Rid);
        rid.FailedIn = View;
        Prune();
        ShareSeats();
        return true;
    }

    private bool ApplyTrim(OrderingChange.Trim trim)
    {
        if (trim.Below <= Trimmed || trim.Below > TailPosition) return false;
        Trimmed = trim.Below;
        return true;
    }

    private bool ApplyLose(OrderingChange.Lose lose)
    {
        if (!MayLose(lose.Rid, lose.From)) return false;
        _rids[lose.Rid.Value].Lost = lose.From;
        Losses++;
        return true;
    }

    /// <summary>Moves the tail over borders that are already decided.</summary>
    private void Settle()
    {
        while (Tail.Window + 1 < Windows.Count)
        {
            var window = Windows[Tail.Window];
            if (window.Count > 0 && Tail.Row < window.Rows) break;
            Tail = new(Tail.Window + 1, 0, 0);
        }

        Prune();
    }

    private void Prune()
    {
        for (var i = _current.Count - 1; i >= 0; i--)
            if (_current[i].Keep is { } keep && CommittedOf(_current[i].Rid) >= keep) _current.RemoveAt(i);
    }

    /// <summary>
    /// Hands seats without a live owner to a live replica id of the shard: the one that prefers it, else the one with
    /// the fewest. A seat never moves away from a live owner, for the order of a key rests on having one writer.
    /// </summary>
    private void ShareSeats()
    {
        var seats = Parameters!.SeatsPerShard;
        for (var i = 0; i < _seats.Length; i++)
        {
            if (_seats[i].Value >= 0 && _rids[_seats[i].Value].Live) continue;
            var shard = new ShardId(i / seats);
            RidState? best = null;
            for (var r = 0; r < _rids.Count; r++)
            {
                if (!_rids[r].Live || _rids[r].Shard != shard) continue;
                if (best is null || Rank(_rids[r], i) < Rank(best, i)) best = _rids[r];
            }

            if (best is not null) _seats[i] = best.Rid;
        }
    }

    private int Rank(RidState rid, int seat)
    {
        if (rid.Origin.Seat == seat % Parameters!.SeatsPerShard) return -1;
        var held = 0;
        for (var i = 0; i < _seats.Length; i++)
            if (_seats[i] == rid.Rid) held++;
        return held;
    }
}

/// <summary>
/// Rows below <paramref name="Row"/> of a window and the first participants of that row are committed.
/// </summary>
public readonly record struct Tail(long Window, long Row, int First) : IComparable<Tail>
{
    public int CompareTo(Tail other)
    {
        var byWindow = Window.CompareTo(other.Window);
        if (byWindow != 0) return byWindow;
        var byRow = Row.CompareTo(other.Row);
        return byRow != 0 ? byRow : First.CompareTo(other.First);
    }

    public static bool operator <(Tail a, Tail b) => a.CompareTo(b) < 0;
    public static bool operator >(Tail a, Tail b) => a.CompareTo(b) > 0;
    public static bool operator <=(Tail a, Tail b) => a.CompareTo(b) <= 0;
    public static bool operator >=(Tail a, Tail b) => a.CompareTo(b) >= 0;
    public override string ToString() => $"({Window},{Row},{First})";
}
