using Outrider.Log;
using Outrider.Server.Commands;

namespace Outrider.Server.Resp;

/// <summary>The log subscriptions of one connection.</summary>
public sealed class Subscriptions(Session session) : IDisposable
{
    private readonly Dictionary<long, LogPusher> _open = [];
    private readonly Lock _lock = new();
    private long _lastId;

    /// <summary>Channels of Redis' own kind that this connection has asked for.</summary>
    public int Channels { get; set; }

    /// <summary>Open subscriptions.</summary>
    public int Count
    {
        get { lock (_lock) return _open.Count; }
    }

    /// <summary>Answers with the subscription's number, then lets the pushes follow.</summary>
    public void Open(LogSubscribe ask)
    {
        LogPusher pusher;
        lock (_lock)
        {
            if (_open.Count >= RespLimits.SubscriptionsMax)
                throw new CommandError($"ERR a connection has at most {RespLimits.SubscriptionsMax} subscriptions");
            pusher = new(++_lastId, session.Replies, Forget);
            _open.Add(pusher.Id, pusher);
        }

        // The reply goes out by itself, ahead of the first push.
        session.Replies.Push(reply =>
        {
            reply.Map(1);
            reply.Bulk("subscription"u8);
            reply.Integer(pusher.Id);
        });
        pusher.Start(session.Node, ask);
    }

    /// <summary>False when there is none of that number.</summary>
    public bool Close(long id)
    {
        LogPusher? pusher;
        lock (_lock) _open.Remove(id, out pusher);
        pusher?.Dispose();
        return pusher is not null;
    }

    public void Clear()
    {
        List<LogPusher> all;
        lock (_lock)
        {
            all = [.. _open.Values];
            _open.Clear();
        }

        foreach (var pusher in all) pusher.Dispose();
        Channels = 0;
    }

    public void Dispose() => Clear();

    private void Forget(long id)
    {
        lock (_lock) _open.Remove(id);
    }
}
