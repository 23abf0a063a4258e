using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

/// <summary>Types of the parts of a record-like datatype.</summary>
internal static class FieldTypes
{
    public static TypeRef? Of(ProgramText program, TypeRef type, string name)
    {
        var expanded = program.Expand(type);
        foreach (var constructor in program.Type(expanded.Name)?.Constructors ?? [])
        {
            var types = program.FormalTypes(expanded, constructor);
            for (var i = 0; i < types.Count; i++)
            {
                if (constructor.Formals[i].Name == name)
                {
                    return types[i];
                }
            }
        }

        return null;
    }

    /// <summary>The named parts of a datatype with one constructor; empty for any other type.</summary>
    public static IReadOnlyList<FormalText> Parts(ProgramText program, TypeRef type)
    {
        var expanded = program.Expand(type);
        if (program.Type(expanded.Name) is not { Kind: TypeKind.Datatype, Constructors: [var only] })
        {
            return [];
        }

        var types = program.FormalTypes(expanded, only);
        return only.Formals.Select((f, i) => f with { Type = types[i] }).Where(f => f.Named).ToArray();
    }

    /// <summary>
    /// The parts of a host's Variables, each with the constructors that have it (none named when all have); of several
    /// constructors the tests come last.
    /// </summary>
    public static IReadOnlyList<(FormalText Part, IReadOnlyList<string> In)> OfState(
        ProgramText program, TypeRef type)
    {
        var constructors = program.Type(type.Name)?.Constructors ?? [];
        if (constructors.Count <= 1)
        {
            return [.. Parts(program, type).Select(p => (p, (IReadOnlyList<string>)[]))];
        }

        var parts = new List<(FormalText, IReadOnlyList<string>)>();
        foreach (var formal in constructors.SelectMany(c => c.Formals).Where(f => f.Named).DistinctBy(f => f.Name))
        {
            var homes = constructors.Where(c => c.Formals.Any(f => f.Name == formal.Name))
                .Select(c => c.Name).ToArray();
            parts.Add((formal, homes.Length == constructors.Count ? [] : homes));
        }

        var test = new TypeRef("bool", []);
        parts.AddRange(constructors.Select(
            c => (new FormalText(c.Name + "?", test, true, false), (IReadOnlyList<string>)[])));
        return parts;
    }

    public static bool IsMonotonic(ProgramText program, TypeRef type)
    {
        var expanded = program.Expand(type);
        return expanded.ShortName.StartsWith("Monotonic", StringComparison.Ordinal)
            && program.Member(expanded.Name, "SatisfiesMonotonic") != null;
    }
}
