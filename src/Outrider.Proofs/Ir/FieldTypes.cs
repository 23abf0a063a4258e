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

    public static bool IsMonotonic(ProgramText program, TypeRef type)
    {
        var expanded = program.Expand(type);
        return expanded.ShortName.StartsWith("Monotonic", StringComparison.Ordinal)
            && program.Member(expanded.Name, "SatisfiesMonotonic") != null;
    }
}
