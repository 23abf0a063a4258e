using Outrider.Proofs.Ir;

namespace Outrider.Proofs.Chase;

/// <summary>A host's state at a place in the history, by the terms that name the host's index and the place.</summary>
internal sealed record Point(HostKind Host, string Idx, string At)
{
    public string State => $"v.History({At}).{Host.SystemField}[{Idx}]";

    public string Last => $"v.Last().{Host.SystemField}[{Idx}]";
}

/// <summary>Something known of a state that has a cause worth asking for.</summary>
internal abstract record Fact(Point Point, IReadOnlyList<string> Path);

/// <summary>The field has some value of interest.</summary>
internal sealed record ValueFact(Point Point, IReadOnlyList<string> Path) : Fact(Point, Path);

/// <summary>The field, a set, holds an element.</summary>
internal sealed record ElementFact(Point Point, IReadOnlyList<string> Path, string Element) : Fact(Point, Path);

/// <summary>The size of the field, a set, is of interest.</summary>
internal sealed record SizeFact(Point Point, IReadOnlyList<string> Path) : Fact(Point, Path);
