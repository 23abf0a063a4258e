using Outrider.Proofs.Eval;

namespace Outrider.Proofs.Explore;

/// <summary>One moment of a run: the constants, all hosts, and the messages sent so far.</summary>
public sealed record State(CtorValue Constants, CtorValue Hosts, Value Network)
{
    public bool Equals(State? other) => other != null && Hosts.Equals(other.Hosts)
        && Network.Equals(other.Network) && Constants.Equals(other.Constants);

    public override int GetHashCode() =>
        HashCode.Combine(Hosts.GetHashCode(), Network.GetHashCode(), Constants.GetHashCode());

    /// <summary>The host with this index in a field of the system, such as <c>participants</c>.</summary>
    public Value Host(string field, int index) => ((SeqValue)Hosts.Field(field)!).Items[index];
}

/// <summary>
/// A step of one host: who, by which transition predicate, what it received and sent (null for nothing).
/// </summary>
public sealed record StepLabel(
    string Group, int Actor, string Kind, string Transition, Value? Received, Value? Sent, Value Step)
{
    /// <summary>The transition's name and the names of what it stands in, outermost first.</summary>
    public IReadOnlyList<string> Within { get; init; } = [];

    public override string ToString() =>
        $"{Group}[{Actor}] {Transition}"
        + (Received == null ? "" : $"  <- {Received}") + (Sent == null ? "" : $"  -> {Sent}");
}

public sealed record Transition(StepLabel Label, State Next);

/// <summary>States from an initial one on, each with the step that led to it (null for the first).</summary>
public sealed record Run(IReadOnlyList<State> States, IReadOnlyList<StepLabel> Steps)
{
    public State Last => States[^1];

    public int Length => Steps.Count;
}

/// <summary>Hosts of one kind: the field that holds them and the module that defines them.</summary>
public sealed record HostGroup(string Field, string Module, int Index, string ConstantsField);
