using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

/// <summary>
/// One kind of host. <see cref="SystemField"/> and <see cref="ConstantsField"/> are its sequences in the system's Hosts
/// and Constants. <see cref="StepArgs"/> is the order in which NextStep takes its arguments.
/// </summary>
public sealed record HostKind(
    string Module, string SystemField, string ConstantsField, Place At, IReadOnlyList<Field> Fields,
    IReadOnlyList<Transition> Transitions, IReadOnlyList<Role> StepArgs, bool Owns)
{
    public string StepType => Module + ".Step";

    public Transition? Transition(string name) => Transitions.FirstOrDefault(t => t.Name == name);
}

/// <summary>
/// A piece of a host's state by its path below Variables. Types keep their synonyms. Monotonic means that the type
/// says which later values may follow an earlier one (<c>SatisfiesMonotonic</c>). Where Variables has several
/// constructors, the test for each (<c>Idle?</c>) is a field too.
/// </summary>
public sealed record Field(IReadOnlyList<string> Path, TypeRef Type, bool Monotonic)
{
    /// <summary>The constructors of Variables that have the field; empty when all have it.</summary>
    public IReadOnlyList<string> In { get; init; } = [];

    /// <summary>What must hold of a state for it to have the field, or null when all have it.</summary>
    public string? PresentIn(string state) =>
        In.Count == 0 ? null : $"({string.Join(" || ", In.Select(c => $"{state}.{c}?"))})";

    public string Name => string.Join(".", Path);

    /// <summary>True when one is the other or lies within it: writing one then changes the other.</summary>
    public static bool Overlap(IReadOnlyList<string> a, IReadOnlyList<string> b)
    {
        for (var i = 0; i < Math.Min(a.Count, b.Count); i++)
        {
            if (a[i] != b[i])
            {
                return false;
            }
        }

        return true;
    }
}
