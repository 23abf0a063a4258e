namespace Outrider.Core;

public enum EventKind : byte
{
    /// <summary>First event of an incarnation.</summary>
    Started,
    /// <summary>A message of another node (or of this one, when a machine sends to itself).</summary>
    Received,
    TimerFired,
    /// <summary>Everything persisted at or below a token is on disk.</summary>
    Durable,
    /// <summary>The disk refused a write or a sync: this node may promise nothing any more (fail-stop).</summary>
    DiskFailed,
    /// <summary>Answer to <see cref="Effects.ReadEntries"/>.</summary>
    EntriesRead,
    /// <summary>Answer to <see cref="Effects.Control"/>.</summary>
    ControlAnswered,
    /// <summary>A watched key of the control plane changed (a hint: re-read before acting on it).</summary>
    ControlChanged,
    /// <summary>A client or operator asks something.</summary>
    Requested,
    /// <summary>Whoever sent a request no longer waits for it, or a subscriber left.</summary>
    Cancelled,
}

/// <summary>
/// What a machine is told. One tagged struct rather than a class per kind: the hot path allocates only payloads.
/// </summary>
public readonly struct Event
{
    private readonly object? _body;

    private Event(EventKind kind, long nowMicros, object? body = null)
    {
        Kind = kind;
        NowMicros = nowMicros;
        _body = body;
    }

    public EventKind Kind { get; }

    /// <summary>
    /// The node's own monotonic clock, in microseconds. It may drift or stand still: it drives timeouts and metrics,
    /// and no safety argument may rest on it.
    /// </summary>
    public long NowMicros { get; }

    public NodeId From { get; private init; }
    public TimerKey Timer { get; private init; }
    public DurableToken Token { get; private init; }
    public RequestId Request { get; private init; }

    public Message Message => (Message)_body!;
    public Request Ask => (Request)_body!;
    public ControlAnswer Answer => (ControlAnswer)_body!;
    public ControlChange Change => (ControlChange)_body!;
    public EntriesRead Entries => (EntriesRead)_body!;

    /// <summary>What the disk said, for <see cref="EventKind.DiskFailed"/>.</summary>
    public string Failure => (string)_body!;

    public static Event Started(long nowMicros) => new(EventKind.Started, nowMicros);
    public static Event Received(long nowMicros, NodeId from, Message message) =>
        new(EventKind.Received, nowMicros, message) { From = from };
    public static Event TimerFired(long nowMicros, TimerKey timer) =>
        new(EventKind.TimerFired, nowMicros) { Timer = timer };
    public static Event Durable(long nowMicros, DurableToken upTo) =>
        new(EventKind.Durable, nowMicros) { Token = upTo };
    public static Event DiskFailed(long nowMicros, string failure) =>
        new(EventKind.DiskFailed, nowMicros, failure);
    public static Event EntriesRead(long nowMicros, EntriesRead entries) =>
        new(EventKind.EntriesRead, nowMicros, entries);
    public static Event ControlAnswered(long nowMicros, ControlAnswer answer) =>
        new(EventKind.ControlAnswered, nowMicros, answer);
    public static Event ControlChanged(long nowMicros, ControlChange change) =>
        new(EventKind.ControlChanged, nowMicros, change);
    public static Event Requested(long nowMicros, RequestId id, Request ask) =>
        new(EventKind.Requested, nowMicros, ask) { Request = id };
    public static Event Cancelled(long nowMicros, RequestId id) =>
        new(EventKind.Cancelled, nowMicros) { Request = id };

    public override string ToString() => Kind switch
    {
        EventKind.Received => $"{From} {Message}",
        EventKind.TimerFired => $"{Timer}",
        EventKind.Durable => $"durable {Token}",
        EventKind.Requested => $"{Request} {Ask}",
        EventKind.Cancelled => $"cancelled {Request}",
        _ => $"{Kind} {_body}",
    };
}
