using System.Collections.Concurrent;
using Outrider.Server.Access;
using Outrider.Server.Commands;
using Outrider.Server.Groups;
using Outrider.Server.Nodes;

namespace Outrider.Server.Resp;

/// <summary>What the sessions of one node share: the node, the users, the commands, budgets and counters.</summary>
public sealed class SessionHost(INodeDoor node, Users users, SessionLimits limits)
{
    private readonly ConcurrentDictionary<long, Session> _sessions = new();
    private long _partialBytes;
    private long _lastId;

    public INodeDoor Node => node;
    public long SinceMs { get; } = Environment.TickCount64;
    public Users Users => users;
    public SessionLimits Limits => limits;
    public CommandTable Commands { get; } = CommandTable.Standard;
    public SessionCounters Counters { get; } = new();

    /// <summary>Consumer groups, as this node serves them.</summary>
    public GroupSeats Groups { get; } = new(node, limits.RequestTimeoutMs);

    /// <summary>All open sessions, in no order.</summary>
    public IEnumerable<Session> Sessions => _sessions.Values;

    public int Count => _sessions.Count;

    public long NextId() => Interlocked.Increment(ref _lastId);

    /// <summary>False when no more clients are admitted.</summary>
    public bool Admit(Session session)
    {
        if (_sessions.Count >= limits.ClientsMax) return false;
        Counters.Connected();
        return _sessions.TryAdd(session.Client.Id, session);
    }

    public void Remove(Session session) => _sessions.TryRemove(session.Client.Id, out _);

    /// <summary>
    /// Accounts for bytes of half-received commands; false beyond what all sessions together may hold.
    /// </summary>
    public bool Reserve(long bytes) => Interlocked.Add(ref _partialBytes, bytes) <= limits.PartialBytesMax;

    /// <summary>Called about once a second: answers what waited too long, closes who never finishes a
    /// command.</summary>
    public void Sweep(long nowMs)
    {
        foreach (var (_, session) in _sessions)
        {
            session.Replies.Expire(nowMs, limits.RequestTimeoutMs);
            var partial = session.PartialSinceMs;
            var stalled = partial != 0 && nowMs - partial > limits.PartialTimeoutMs;
            var silent = session.Client.User is null && nowMs - session.Client.SinceMs > limits.AuthTimeoutMs;
            var writing = session.Replies.WritingSinceMs;
            var slow = writing != 0 && nowMs - writing > limits.SlowTimeoutMs;
            if (slow) Counters.SlowClientsClosed();
            if (stalled || silent || slow) session.Abort();
        }
    }
}

/// <summary>Bounds of one node's client port.</summary>
public sealed record SessionLimits
{
    /// <summary>Connections at the same time.</summary>
    public int ClientsMax { get; init; } = 20_000;

    /// <summary>How long an append may wait for confirmation before the client is told that it is unknown.</summary>
    public long RequestTimeoutMs { get; init; } = 30_000;

    /// <summary>How long a command may be half received.</summary>
    public long PartialTimeoutMs { get; init; } = 30_000;

    /// <summary>How long a client may take nothing of what is sent to it.</summary>
    public long SlowTimeoutMs { get; init; } = 60_000;

    /// <summary>How long a client may stay without authenticating, when users are configured.</summary>
    public long AuthTimeoutMs { get; init; } = 10_000;

    /// <summary>Bytes of half-received commands of all clients together.</summary>
    public long PartialBytesMax { get; init; } = 256L << 20;
}

/// <summary>What happened on the client port since the start.</summary>
public sealed class SessionCounters
{
    private long _connected;
    private long _slowClosed;
    private long _authFailed;

    public long ConnectedTotal => Interlocked.Read(ref _connected);
    public long SlowClientsClosedTotal => Interlocked.Read(ref _slowClosed);

    public void Connected() => Interlocked.Increment(ref _connected);
    public long AuthFailedTotal => Interlocked.Read(ref _authFailed);
    public void AuthFailed() => Interlocked.Increment(ref _authFailed);
    public void SlowClientsClosed() => Interlocked.Increment(ref _slowClosed);
}
