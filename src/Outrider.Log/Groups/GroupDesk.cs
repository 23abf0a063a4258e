using Outrider.Core;

namespace Outrider.Log;

/// <summary>What a decision answers, and what it does.</summary>
public readonly record struct GroupDecision<T>(T Answer, IReadOnlyList<GroupOp> Ops)
{
    public static GroupDecision<T> Only(T answer) => new(answer, []);
}

/// <summary>How a decision ended.</summary>
public abstract record GroupEnd<T>
{
    private GroupEnd() { }

    /// <summary>It stands in the log, or changes nothing and was true when asked.</summary>
    /// <param name="Ordinal">The state's ordinal right after it.</param>
    /// <param name="Changed">Whether operations of its own stand there.</param>
    public sealed record Decided(T Answer, long Ordinal, bool Changed) : GroupEnd<T>;

    /// <summary>Refused: nothing happened. Unknown: it may happen.</summary>
    public sealed record Failed(LogReply Reply) : GroupEnd<T>;
}

/// <summary>
/// Serves the groups of one key at one node; any number of nodes may at the same time. A decision is made on the state
/// that this node has folded, and appended on the condition that nothing came after it: one append and no read while
/// one node serves the key; otherwise it reads what is new and decides again. Decisions made while an append is under
/// way go together into the next.
/// </summary>
/// <remarks>Synchronous and single-threaded; <paramref name="ask"/> answers now or later, on the same
/// thread.</remarks>
/// <param name="key">Whose groups.</param>
/// <param name="desk">Drawn at random: tells its operations from those of others.</param>
/// <param name="ask">The node's own front door.</param>
/// <param name="bugs">None outside tests.</param>
/// <param name="snapshotEvery">Operations between snapshots; bounds what a new node has to replay.</param>
public sealed partial class GroupDesk(
    string key, ulong desk, Action<Request, Action<Reply>> ask, GroupBugs bugs = GroupBugs.None,
    int snapshotEvery = GroupDesk.SnapshotEvery)
{
    public const int SnapshotEvery = 256;
    private const int JobsMax = 256;
    private const int OpsMax = 512;
    private const int BatchBytesMax = 1 << 20;
    private const int PageRecords = 1024;
    private readonly string _stream = GroupCodec.StreamOf(key);
    private readonly Queue<Job> _queue = new();
    private readonly List<Job> _round = [];
    private GroupFold _fold = new();
    private bool _busy;
    private Rid _toldBy;
    private long _number;
    // The home keeps a turn for this node: what it appends next comes before what others do.
    private bool _hasTurn;

    public string Key => key;

    /// <summary>What this node knows; others may have moved on.</summary>
    public ConsumerGroups? Known => _fold.State;

    /// <summary>Whether nothing is under way.</summary>
    public bool IsIdle => !_busy && _posting.Count == 0 && _queue.Count == 0;

    internal Action<Request, Action<Reply>> Ask => ask;
    internal GroupBugs Bugs => bugs;

    /// <summary>Runs a decision, perhaps several times until one stands.</summary>
    public void Decide<T>(Func<ConsumerGroups, GroupDecision<T>> decide, Action<GroupEnd<T>> done)
    {
        _queue.Enqueue(new Job<T>(decide, done));
        Pump();
    }

    private abstract class Job
    {
        public long Ordinal { get; set; }
        public abstract IReadOnlyList<GroupOp> Decide(ConsumerGroups state);
        public abstract void Finish();
        public abstract void Fail(LogReply reply);
    }

    private sealed class Job<T>(
        Func<ConsumerGroups, GroupDecision<T>> decide, Action<GroupEnd<T>> done) : Job
    {
        private T _answer = default!;
        private bool _changed;

        public override IReadOnlyList<GroupOp> Decide(ConsumerGroups state)
        {
            (_answer, var ops) = decide(state);
            _changed = ops.Count > 0;
            return ops;
        }

        public override void Finish() => done(new GroupEnd<T>.Decided(_answer, Ordinal, _changed));

        public override void Fail(LogReply reply) => done(new GroupEnd<T>.Failed(reply));
    }

    private void Pump()
    {
        if (_busy || (_queue.Count == 0 && !_postDue)) return;
        (_busy, _postDue) = (true, false);
        // With whatever else is decided: an append of its own is one more that may find no room.
        if (_sent.Count > 0) _round.Add(Posted());
        while (_round.Count < JobsMax && _queue.TryDequeue(out var job)) _round.Add(job);
        if (_fold.State is null) CatchUp(() => Round(fresh: true));
        else Round(fresh: bugs.HasFlag(GroupBugs.AnswerFromMemory));
    }

    /// <param name="fresh">The stream has been read to its end for this.</param>
    /// <param name="ahead">The state with what is under way; null: the confirmed one.</param>
    private void Round(bool fresh, ConsumerGroups? ahead = null)
    {
        var state = ahead ?? _fold.State!;
        var records = new List<RecordDraft>();
        var bytes = 0;
        for (var i = 0; i < _round.Count; i++)
        {
            if (records.Count >= OpsMax || bytes >= BatchBytesMax) PutBack(i);
            if (i >= _round.Count) break;
            foreach (var op in _round[i].Decide(state))
            {
                var ordinal = state.Ordinal + 1;
                var encoded = GroupCodec.Encode(ordinal, desk, ++_number, op);
                state = GroupRules.Apply(state, ordinal, op);
                records.Add(new(_stream, encoded, default, 0));
                bytes += encoded.Length;
            }

            _round[i].Ordinal = state.Ordinal;
        }

        if (records.Count > 0) Append(records, state, ahead is not null);
        else if (ahead is not null) Yield(() => CatchUp(() => Round(fresh: true)));
        else if (fresh) Settle();
        else CatchUp(() => Round(fresh: true));
    }

    private void PutBack(int from)
    {
        // Order is kept: what waits behind has waited less.
        var later = _queue.ToArray();
        _queue.Clear();
        for (var i = from; i < _round.Count; i++) _queue.Enqueue(_round[i]);
        foreach (var job in later) _queue.Enqueue(job);
        _round.RemoveRange(from, _round.Count - from);
    }

    private void Append(List<RecordDraft> records, ConsumerGroups after, bool ahead)
    {
        // Where what is under way will stand is not known, and it may be lost: only the primary that told of it can
        // judge.
        var byNumber = ahead && !bugs.HasFlag(GroupBugs.RestOnAnyTail);
        long? expected = byNumber ? GroupCodec.TailUnderWay(_toldBy) : _fold.Tail?.Value ?? -1;
        if (bugs.HasFlag(GroupBugs.NoExpectedTail)) expected = null;
        var append = new LogAppend(records, ProducerId.None, 0, Durability.FsyncQuorum, expected);
        var early = bugs.HasFlag(GroupBugs.AnswerUnconfirmed);
        if (early) FinishRound();
        ask(append, reply =>
        {
            switch (reply)
            {
                case LogReply.Appended when ahead:
                    // Where the others' records stand that it rests on is not known yet; that they stand there is.
                    _hasTurn = false;
                    FinishRound();
                    CatchUp(Settle);
                    break;
                case LogReply.Appended appended:
                    _hasTurn = false;
                    _fold.Placed(after, appended.Positions[^1]);
                    Settle();
                    break;
                case LogReply.Behind behind:
                    _toldBy = behind.By;
                    Again(behind.UnderWay);
                    break;
                case LogReply.Refused { Code: LogRefusal.WrongTail }:
                    Again([]);
                    break;
                default:
                    Fail((LogReply)reply);
                    break;
            }
        });
    }

    /// <summary>
    /// Others came between. It was not the batch itself, with its answer lost: the front door's repeats are known by
    /// their producer before the tail is compared.
    /// </summary>
    private void Again(IReadOnlyList<ReadOnlyMemory<byte>> underWay)
    {
        _hasTurn = true;
        if (_fold.Ahead(underWay) is { } ahead)
        {
            Round(fresh: true, ahead);
            return;
        }

        var known = _fold.Tail;
        CatchUp(() =>
        {
            if (underWay.Count > 0 || known is null || _fold.Tail != known)
            {
                Round(fresh: true, _fold.Ahead(underWay));
                return;
            }

            // Nothing follows what is known here, and yet another record is the last: this one was declared lost.
            _fold = new();
            CatchUp(() => Round(fresh: true));
        });
    }

    private void Settle()
    {
        Check.That(_busy);
        FinishRound();
        Snapshot();
    }

    private void FinishRound()
    {
        var round = _round.ToArray();
        _round.Clear();
        foreach (var job in round) job.Finish();
    }

    private void Fail(LogReply reply)
    {
        Check.That(_busy);
        var round = _round.ToArray();
        _round.Clear();
        foreach (var job in round) job.Fail(reply);
        Free();
    }

    private void Free()
    {
        _busy = false;
        Post();
        Pump();
        if (!_busy && _hasTurn) Yield(static () => { });
    }

    /// <summary>Goes on when nothing is under way any more. Lost on its way it is not missed: a turn ends by itself.
    /// </summary>
    private void Yield(Action then)
    {
        _hasTurn = false;
        ask(new GroupYield(_stream), _ => then());
    }

    /// <summary>Reads what came after the last record known, to the end.</summary>
    private void CatchUp(Action then) =>
        ask(new KeyRead(_stream, _fold.Next, new(long.MaxValue - 1), PageRecords, Descending: false), reply =>
        {
            if (reply is not LogReply.Records page)
            {
                Fail((LogReply)reply);
                return;
            }

            var bytes = 0;
            foreach (var record in page.Items)
            {
                bytes += record.Payload.Length;
                _fold.Add(record);
            }

            // Cut short by its size, not by the end.
            if (page.Items.Count == PageRecords || bytes >= 1 << 20) CatchUp(then);
            else if (_fold.Lost)
                Fail(new LogReply.Refused(LogRefusal.Trimmed, $"the state of the groups of '{key}' was trimmed away"));
            else
            {
                _fold.AtEnd();
                then();
            }
        });

    private void Snapshot()
    {
        var state = _fold.State!;
        if (state.Ordinal - _fold.SnapshotOrdinal < snapshotEvery)
        {
            Free();
            return;
        }

        var chunks = GroupSnapshot.Records(_stream, state, bugs);
        // The one before the newest stays, with all that follows: whoever looks for the fate of its own operation
        // must still find it there.
        var below = bugs.HasFlag(GroupBugs.TrimBeforeSnapshot) ? _fold.Next : _fold.SnapshotAt;
        if (bugs.HasFlag(GroupBugs.TrimBeforeSnapshot)) Trim(below);
        var append = new LogAppend(chunks, ProducerId.None, 0, Durability.FsyncQuorum, _fold.Tail?.Value ?? -1);
        ask(append, reply =>
        {
            if (reply is LogReply.Appended appended)
            {
                _hasTurn = false;
                _fold.SnapshotPlaced(appended.Positions[0], appended.Positions[^1]);
                Trim(below);
                Free();
            }
            else if (reply is LogReply.Refused { Code: LogRefusal.WrongTail })
            {
                // Its own turn is next; left for another time, it would come too late then as well.
                _hasTurn = true;
                CatchUp(Snapshot);
            }
            else Free();
        });
    }

    private void Trim(Position? below)
    {
        // Trimming is repeated with the next snapshot: its outcome may be ignored.
        if (below is not null) ask(new KeyTrim(_stream, below, KeepLast: null), static _ => { });
    }
}
