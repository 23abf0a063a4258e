using Outrider.Core.Tracing;

namespace Outrider.Core;

/// <summary>A message to send; it waits until <paramref name="After"/> is durable (zero: at once).</summary>
public readonly record struct Outgoing(NodeId To, Message Message, DurableToken After);

/// <summary>A timer to set, or to cancel when <paramref name="DelayMicros"/> is negative.</summary>
public readonly record struct TimerOrder(TimerKey Key, long DelayMicros);

/// <summary>An answer to a request. <paramref name="Last"/> is false for the pushes of a subscription.</summary>
public readonly record struct Answer(RequestId Request, Reply Reply, bool Last);

/// <summary>
/// What a step wants done, in order. One object a node, cleared by the host between steps. Speaking before the disk
/// has answered is a different method from speaking after, so that a promise cannot leave too early by accident.
/// </summary>
public sealed class Effects
{
    private readonly List<Outgoing> _sends = [];
    private readonly List<JournalRecord> _journal = [];
    private readonly List<TimerOrder> _timers = [];
    private readonly List<Answer> _answers = [];
    private readonly List<ControlCall> _controls = [];
    private readonly List<ReadEntries> _reads = [];
    private long _lastToken;

    public IReadOnlyList<Outgoing> Sends => _sends;
    public IReadOnlyList<JournalRecord> Journal => _journal;
    public IReadOnlyList<TimerOrder> Timers => _timers;
    public IReadOnlyList<Answer> Answers => _answers;
    public IReadOnlyList<ControlCall> Controls => _controls;
    public IReadOnlyList<ReadEntries> Reads => _reads;

    /// <summary>The token of the last record handed to <see cref="Persist"/> in this incarnation.</summary>
    public DurableToken LastToken => new(_lastToken);

    /// <summary>Something was persisted that should be on disk soon; else a host may wait a little for more.</summary>
    public bool SyncIsUrgent { get; private set; }

    /// <summary>Where trace lines go; null (production default) makes <see cref="Trace"/> free.</summary>
    public Action<string>? Tracer { get; set; }

    /// <summary>Told of decisions that a trace of the protocol's model needs; null, and free, outside of one.</summary>
    public Action<ModelPoint>? Observer { get; set; }

    /// <summary>The simulator's fault points and coverage marks; null in production.</summary>
    public IProbe? Probe { get; set; }

    public bool Tracing => Tracer is not null;

    /// <summary>Sends now. For promises that rest on the disk use <see cref="SendOnceDurable"/>.</summary>
    public void Send(NodeId to, Message message) => _sends.Add(new(to, message, DurableToken.Zero));

    /// <summary>Sends when everything persisted up to <paramref name="token"/> is on disk; never if it fails.</summary>
    public void SendOnceDurable(DurableToken token, NodeId to, Message message)
    {
        Check.That(token.Value <= _lastToken);
        _sends.Add(new(to, message, token));
    }

    /// <summary>Appends to the node's journal; <see cref="EventKind.Durable"/> tells when it is on disk.</summary>
    public DurableToken Persist(JournalRecord record)
    {
        SyncIsUrgent = true;
        return PersistLazily(record);
    }

    /// <summary>The same for what nobody waits for: the host may let it share a later sync.</summary>
    public DurableToken PersistLazily(JournalRecord record)
    {
        _journal.Add(record);
        return new(++_lastToken);
    }

    /// <summary>Fires once after the delay; setting the same key again replaces it.</summary>
    public void SetTimer(TimerKey key, long delayMicros)
    {
        Check.That(delayMicros >= 0);
        _timers.Add(new(key, delayMicros));
    }

    public void CancelTimer(TimerKey key) => _timers.Add(new(key, -1));

    /// <summary>Answers a request for good.</summary>
    public void Reply(RequestId request, Reply reply)
    {
        if (!request.IsNone) _answers.Add(new(request, reply, Last: true));
    }

    /// <summary>Pushes to a request that stays open (a subscription).</summary>
    public void Push(RequestId request, Reply reply) => _answers.Add(new(request, reply, Last: false));

    public void Control(ControlCall call) => _controls.Add(call);

    /// <summary>
    /// Asks for entries that are no longer in memory; answered by <see cref="EventKind.EntriesRead"/>.
    /// </summary>
    public void ReadEntries(ReadEntries read) => _reads.Add(read);

    public void Trace(string line) => Tracer?.Invoke(line);

    /// <summary>Says where in its model a machine is, from within the step.</summary>
    public void Observe(string step, GroupId group, StreamId stream, NodeId node) =>
        Observer?.Invoke(new ModelPoint(step, group, stream, node));

    /// <summary>A place where the simulator may make an unlikely thing happen; false in production.</summary>
    public bool Buggify(string site) => Probe is { } probe && probe.Buggify(site);

    /// <summary>A rare situation that testing must have seen.</summary>
    public void Sometimes(bool condition, string mark)
    {
        if (condition) Probe?.Mark(mark);
    }

    /// <summary>For the host: forgets what has been carried out. Tokens go on counting.</summary>
    public void Clear()
    {
        _sends.Clear();
        _journal.Clear();
        _timers.Clear();
        _answers.Clear();
        _controls.Clear();
        _reads.Clear();
        SyncIsUrgent = false;
    }
}

/// <summary>The simulator's seam for fault points and coverage marks.</summary>
public interface IProbe
{
    bool Buggify(string site);
    void Mark(string name);
}
