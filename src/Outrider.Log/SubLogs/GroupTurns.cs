using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Who decides next on a key's groups. A node whose decision comes too late is kept a turn by the key's primary: it is
/// told what is under way, and until it has decided again what other nodes have decided waits, in the order of its
/// coming. So nobody is late twice in a row, however far from home; where only one node decides there are no turns.
/// Soft state: a new primary begins with none, and safety rests on the numbers of the operations alone.
/// </summary>
/// <remarks>
/// A turn ends when its node appends, yields, or takes longer than it is believed to need. That belief doubles each
/// time until the node is in time once.
/// </remarks>
internal sealed class GroupTurns(LogContext context, SubLogPrimary primary)
{
    private const long ToldBytesMax = 256 << 10;
    private readonly SortedDictionary<string, GroupQueue> _keys = new(StringComparer.Ordinal);
    private readonly SortedTable<NodeId, long> _patienceMicros = [];
    private Lsn _committed;

    /// <summary>Of the decisions that wait.</summary>
    public long Bytes { get; private set; }

    public void Open(NodeId from, long number, LogAppend ask)
    {
        var key = ask.Records[0].Key;
        var queue = QueueOf(key);
        if (queue.Turns.Count == 0 && Fits(key, queue, ask))
        {
            primary.Place(from, number, ask);
            return;
        }

        if (queue.TurnOf(from) is not { } turn) queue.Turns.Add(turn = new(from));
        // A repeat of what it has been told about already, under way since.
        else if (turn.Ask is null && ask.Sequence <= turn.Sequence) return;
        Take(turn);
        (turn.Ask, turn.Number, turn.Sequence) = (ask, number, ask.Sequence);
        Bytes += SizeOf(ask);
        Advance(key, queue);
    }

    /// <summary>A node needs its turn no more, and waits until the key's last record is confirmed.</summary>
    public void Yield(NodeId from, long number, string key)
    {
        var queue = QueueOf(key);
        queue.Turns.RemoveAll(turn => turn.Node == from && turn.Ask is null);
        queue.Waiting[from] = number;
        Advance(key, queue);
    }

    /// <summary>A batch of a group's stream was given slots.</summary>
    public void Placed(LogAppend ask, Lsn end) => QueueOf(ask.Records[0].Key).Placed(ask, end);

    /// <summary>Once a step. What only a commit changes is looked at when there was one.</summary>
    public void Advance()
    {
        var committed = context.State.CommittedOf(primary.Rid);
        var all = committed > _committed || primary.State.Failed;
        _committed = committed;
        if (_keys.Count == 0) return;
        List<string>? over = null;
        foreach (var (key, queue) in _keys)
        {
            if (!all && queue.Turns.Count == 0) continue;
            queue.Forget(committed);
            Advance(key, queue);
            if (queue.IsEmpty) (over ??= []).Add(key);
        }

        if (over is null) return;
        foreach (var key in over) _keys.Remove(key);
    }

    private GroupQueue QueueOf(string key)
    {
        if (!_keys.TryGetValue(key, out var queue)) _keys.Add(key, queue = new());
        return queue;
    }

    private bool Fits(string key, GroupQueue queue, LogAppend ask) => ask.ExpectedTail < -1
        ? ask.ExpectedTail == GroupCodec.TailUnderWay(primary.Rid) && queue.Follows(ask)
        : queue.Follows(ask) || primary.TailIs(key, ask.ExpectedTail!.Value);

    private void Advance(string key, GroupQueue queue)
    {
        if (!primary.Serves(key))
        {
            foreach (var turn in queue.Turns)
                if (Take(turn) is not null) context.Send(turn.Node, new ForwardedReply(turn.Number, null));
            foreach (var (node, number) in queue.Waiting) context.Send(node, new ForwardedReply(number, null));
            queue.Clear();
            return;
        }

        while (queue.Turns.Count > 0 && !Holds(key, queue, queue.Turns[0])) queue.Turns.RemoveAt(0);
        if (queue.Waiting.Count == 0 || !primary.IsTailRead(key)) return;
        foreach (var (node, number) in queue.Waiting)
            context.Send(node, new ForwardedReply(number, new LogReply.Done()));
        queue.Waiting.Clear();
    }

    /// <summary>Whether the first in the queue keeps the others waiting.</summary>
    private bool Holds(string key, GroupQueue queue, GroupQueue.Turn turn)
    {
        var took = context.NowMicros - turn.ToldMicros;
        if (turn.Ask is not { } ask)
        {
            Check.That(turn.IsTold);
            if (took < PatienceOf(turn.Node)) return true;
            _patienceMicros[turn.Node] = Math.Min(2 * PatienceOf(turn.Node), context.Options.DeadlineMicros);
            context.Effects.Sometimes(true, "log.groups.turn-missed");
            return false;
        }

        if (Fits(key, queue, ask))
        {
            if (turn.IsTold) _patienceMicros[turn.Node] = Math.Min(4 * took, context.Options.DeadlineMicros);
            Take(turn);
            primary.Place(turn.Node, turn.Number, ask);
            return false;
        }

        // Too much to be told of: it has to read it, which it can once it is confirmed.
        if (queue.Bytes > ToldBytesMax && !primary.IsTailRead(key)) return true;
        Take(turn);
        context.Send(turn.Node, new ForwardedReply(turn.Number, new LogReply.Behind(queue.UnderWay(), primary.Rid)));
        if (!turn.IsTold) turn.ToldMicros = context.NowMicros;
        return true;
    }

    private LogAppend? Take(GroupQueue.Turn turn)
    {
        var ask = turn.Ask;
        if (ask is not null) Bytes -= SizeOf(ask);
        turn.Ask = null;
        Check.That(Bytes >= 0);
        return ask;
    }

    private long PatienceOf(NodeId node) => Math.Max(
        _patienceMicros.GetValueOrDefault(node), 4 * context.Options.RetryMicros);

    private static long SizeOf(LogAppend ask)
    {
        var bytes = 0L;
        for (var i = 0; i < ask.Records.Count; i++) bytes += 64 + ask.Records[i].Payload.Length;
        return bytes;
    }
}
