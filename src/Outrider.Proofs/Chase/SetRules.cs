namespace Outrider.Proofs.Chase;

/// <summary>What to conclude from the size of a set; each rule costs the solver, so few are tried at first.</summary>
[Flags]
internal enum SetRules
{
    None = 0,

    /// <summary>A set that is not empty has an element to follow.</summary>
    Some = 1,

    /// <summary>A set of as many indices as there are hosts holds each of them.</summary>
    Full = 2,

    /// <summary>Two sets that together are larger than the whole share an element.</summary>
    Shared = 4,

    All = Some | Full | Shared,
}
