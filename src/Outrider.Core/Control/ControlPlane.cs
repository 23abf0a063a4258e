namespace Outrider.Core;

/// <summary>
/// A call to the control plane: a small linearizable store with compare-and-set, leases and watches. It is used when
/// something changes, never per record. Each call is answered once by a <see cref="ControlAnswer"/> with its id.
/// </summary>
public abstract record ControlCall
{
    private ControlCall(long id) => Id = id;

    /// <summary>Chosen by the machine, unique within its incarnation.</summary>
    public long Id { get; }

    /// <summary>A linearizable read of one key.</summary>
    public sealed record Read(long CallId, string Key) : ControlCall(CallId);

    /// <summary>A linearizable read of all keys with a prefix, ascending.</summary>
    public sealed record List(long CallId, string Prefix) : ControlCall(CallId);

    /// <summary>
    /// Writes each key whose version is as expected (0: absent); evaluated and reported key by key, so that one
    /// contended group does not fail the others of a batch.
    /// </summary>
    public sealed record CompareAndSet(long CallId, IReadOnlyList<ControlWrite> Writes) : ControlCall(CallId);

    /// <summary>
    /// Keeps a lease alive for <paramref name="TtlMs"/> more. Leases detect, they never authorize.
    /// </summary>
    public sealed record KeepLease(long CallId, string Name, long TtlMs) : ControlCall(CallId);

    /// <summary>Asks to be told of changes under a prefix; answered by Done, then by events.</summary>
    public sealed record Watch(long CallId, string Prefix) : ControlCall(CallId);
}

/// <summary>One compare-and-set; an empty <paramref name="Value"/> deletes the key.</summary>
public sealed record ControlWrite(string Key, long ExpectedVersion, ReadOnlyMemory<byte> Value);

/// <summary>A key as the control plane holds it; version 0 and an empty value mean absent.</summary>
public sealed record ControlValue(string Key, long Version, ReadOnlyMemory<byte> Value)
{
    public bool Exists => Version != 0;
}

public abstract record ControlAnswer
{
    private ControlAnswer(long id) => Id = id;

    public long Id { get; }

    /// <summary>Answers Read (one value) and List.</summary>
    public sealed record Values(long CallId, IReadOnlyList<ControlValue> Items) : ControlAnswer(CallId);

    /// <summary>Answers CompareAndSet, in the order asked.</summary>
    public sealed record Compared(long CallId, IReadOnlyList<ControlOutcome> Outcomes) : ControlAnswer(CallId);

    /// <summary>Answers KeepLease and Watch.</summary>
    public sealed record Done(long CallId) : ControlAnswer(CallId);

    /// <summary>
    /// No answer came. A compare-and-set may or may not have been carried out: read again before acting on it.
    /// </summary>
    public sealed record Unknown(long CallId, string Reason) : ControlAnswer(CallId);
}

/// <summary>Whether one compare-and-set won, and the key as it stands after it.</summary>
public sealed record ControlOutcome(bool Won, ControlValue Current);

/// <summary>
/// A watched key changed, or a lease under the prefix appeared or expired (a hint: read before acting).
/// </summary>
public sealed record ControlChange(ControlValue Value);

/// <summary>Carries calls of machines to a control plane and brings the answers back as events.</summary>
public interface IControlPlane
{
    /// <summary>Never blocks; the answer comes through <paramref name="answer"/>, from any thread.</summary>
    void Call(NodeId node, ControlCall call, Action<ControlAnswer> answer, Action<ControlChange> change);
}
