namespace Outrider.Core;

/// <summary>One process of the cluster. Names ("eu-1") belong to the layout; machines compare numbers.</summary>
public readonly record struct NodeId(int Value) : IComparable<NodeId>
{
    /// <summary>Nobody: the leader of a closed group, the sender of a local event.</summary>
    public static readonly NodeId None = new(0);
    public bool IsNone => Value == 0;
    public int CompareTo(NodeId other) => Value.CompareTo(other.Value);
    public override string ToString() => $"n{Value}";
}

/// <summary>A region: nodes within one share a low latency.</summary>
public readonly record struct RegionId(int Value) : IComparable<RegionId>
{
    public int CompareTo(RegionId other) => Value.CompareTo(other.Value);
    public override string ToString() => $"r{Value}";
}

/// <summary>A replication group: members, a term, and any number of streams.</summary>
public readonly record struct GroupId(long Value) : IComparable<GroupId>
{
    public int CompareTo(GroupId other) => Value.CompareTo(other.Value);
    public override string ToString() => $"g{Value}";
}

/// <summary>A stream inside a group; 0 is the group's catalogue.</summary>
public readonly record struct StreamId(int Value) : IComparable<StreamId>
{
    public static readonly StreamId Catalogue = new(0);
    public int CompareTo(StreamId other) => Value.CompareTo(other.Value);
    public override string ToString() => $"s{Value}";
}

/// <summary>A stream of a group, as storage and reads name it.</summary>
public readonly record struct StreamKey(GroupId Group, StreamId Stream) : IComparable<StreamKey>
{
    public int CompareTo(StreamKey other)
    {
        var byGroup = Group.CompareTo(other.Group);
        return byGroup != 0 ? byGroup : Stream.CompareTo(other.Stream);
    }

    public override string ToString() => $"{Group}/{Stream}";
}

/// <summary>Says who leads a group; grows by compare-and-set on the control plane only.</summary>
public readonly record struct Term(long Value) : IComparable<Term>
{
    public static readonly Term Zero = new(0);
    public Term Next() => new(Value + 1);
    public int CompareTo(Term other) => Value.CompareTo(other.Value);
    public static bool operator <(Term a, Term b) => a.Value < b.Value;
    public static bool operator >(Term a, Term b) => a.Value > b.Value;
    public static bool operator <=(Term a, Term b) => a.Value <= b.Value;
    public static bool operator >=(Term a, Term b) => a.Value >= b.Value;
    public override string ToString() => $"t{Value}";
}

/// <summary>Where an entry stands in its stream: 1 is the first, 0 means "before the first".</summary>
public readonly record struct LogIndex(long Value) : IComparable<LogIndex>
{
    public static readonly LogIndex Zero = new(0);
    public LogIndex Next() => new(Value + 1);
    public LogIndex Previous() => new(Value - 1);
    public LogIndex Plus(long count) => new(Value + count);
    public static LogIndex Min(LogIndex a, LogIndex b) => a.Value <= b.Value ? a : b;
    public static LogIndex Max(LogIndex a, LogIndex b) => a.Value >= b.Value ? a : b;
    public int CompareTo(LogIndex other) => Value.CompareTo(other.Value);
    public static long operator -(LogIndex a, LogIndex b) => a.Value - b.Value;
    public static bool operator <(LogIndex a, LogIndex b) => a.Value < b.Value;
    public static bool operator >(LogIndex a, LogIndex b) => a.Value > b.Value;
    public static bool operator <=(LogIndex a, LogIndex b) => a.Value <= b.Value;
    public static bool operator >=(LogIndex a, LogIndex b) => a.Value >= b.Value;
    public override string ToString() => $"#{Value}";
}

/// <summary>
/// One life of a node: counted durably, plus one at each start, so that answers of an earlier life are void.
/// </summary>
public readonly record struct Incarnation(long Value) : IComparable<Incarnation>
{
    public int CompareTo(Incarnation other) => Value.CompareTo(other.Value);
    public static bool operator <(Incarnation a, Incarnation b) => a.Value < b.Value;
    public static bool operator >(Incarnation a, Incarnation b) => a.Value > b.Value;
    public static bool operator <=(Incarnation a, Incarnation b) => a.Value <= b.Value;
    public static bool operator >=(Incarnation a, Incarnation b) => a.Value >= b.Value;
    public override string ToString() => $"i{Value}";
}

/// <summary>Names a writer for duplicate detection; drawn at random by the client, 0 is "no producer".</summary>
public readonly record struct ProducerId(ulong Value) : IComparable<ProducerId>
{
    public static readonly ProducerId None = new(0);
    public bool IsNone => Value == 0;
    public int CompareTo(ProducerId other) => Value.CompareTo(other.Value);
    public override string ToString() => $"p{Value:x}";
}

/// <summary>A request at a front door; the host finds the waiting session by it. 0 is "nobody waits".</summary>
public readonly record struct RequestId(long Value) : IComparable<RequestId>
{
    public static readonly RequestId None = new(0);
    public bool IsNone => Value == 0;
    public int CompareTo(RequestId other) => Value.CompareTo(other.Value);
    public override string ToString() => $"q{Value}";
}

/// <summary>
/// A place in a node's journal: everything persisted at or below it is durable once <see cref="Event"/> says so.
/// </summary>
public readonly record struct DurableToken(long Value) : IComparable<DurableToken>
{
    public static readonly DurableToken Zero = new(0);
    public int CompareTo(DurableToken other) => Value.CompareTo(other.Value);
    public static bool operator <(DurableToken a, DurableToken b) => a.Value < b.Value;
    public static bool operator >(DurableToken a, DurableToken b) => a.Value > b.Value;
    public static bool operator <=(DurableToken a, DurableToken b) => a.Value <= b.Value;
    public static bool operator >=(DurableToken a, DurableToken b) => a.Value >= b.Value;
    public override string ToString() => $"d{Value}";
}

/// <summary>A timer of a machine: setting the same key again replaces the earlier one.</summary>
/// <param name="Kind">What it is for; each role numbers its own kinds.</param>
/// <param name="Scope">The group it belongs to, 0 for the node itself; composite machines route by it.</param>
/// <param name="Number">Tells several of one kind and scope apart.</param>
public readonly record struct TimerKey(int Kind, long Scope = 0, long Number = 0) : IComparable<TimerKey>
{
    public int CompareTo(TimerKey other)
    {
        var byScope = Scope.CompareTo(other.Scope);
        if (byScope != 0) return byScope;
        var byKind = Kind.CompareTo(other.Kind);
        return byKind != 0 ? byKind : Number.CompareTo(other.Number);
    }
}
