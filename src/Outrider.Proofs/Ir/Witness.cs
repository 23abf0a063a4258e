using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

/// <summary>How a value shows in a field: as itself, as an element, or below a key or an index.</summary>
public abstract record Witness
{
    private const int MaxDepth = 8;

    /// <summary>The witness of a field by its type; the type arguments name what the lemma takes.</summary>
    public static Witness Of(ProgramText program, TypeRef type, int depth = 0)
    {
        var t = program.Expand(type);
        if (depth < MaxDepth)
        {
            switch (t.Name)
            {
                case "set" or "iset":
                    return new ElementWitness(Argument(program, type, 0));
                case "map" or "imap":
                    return new KeyWitness(
                        Argument(program, type, 0), Of(program, Argument(program, type, 1), depth + 1));
                case "seq":
                    return new IndexWitness(Of(program, Argument(program, type, 0), depth + 1));
            }
        }

        return GrowingSet(program, t) is { } set
            ? new InnerWitness(set.Name, new ElementWitness(t.Args[0]))
            : new ValueWitness(type);
    }

    /// <summary>A monotonic wrapper of one set over its only type parameter.</summary>
    private static FormalText? GrowingSet(ProgramText program, TypeRef type) =>
        type.ShortName.StartsWith("Monotonic", StringComparison.Ordinal)
        && program.Type(type.Name) is { Kind: TypeKind.Datatype, Constructors: [{ Formals: [var only] }] } declared
        && declared.TypeParameters.Count == 1
        && only.Type.Name == "set" && only.Type.Args[0].Name == declared.TypeParameters[0]
            ? only
            : null;

    private static TypeRef Argument(ProgramText program, TypeRef type, int index) =>
        type.Args.Count > index && program.Type(type.Name) == null
            ? type.Args[index]
            : program.Expand(type).Args[index];
}

/// <summary>The field equals the argument.</summary>
public sealed record ValueWitness(TypeRef Type) : Witness;

/// <summary>The argument is an element.</summary>
public sealed record ElementWitness(TypeRef Type) : Witness;

/// <summary>The argument is a key, and its value shows the rest.</summary>
public sealed record KeyWitness(TypeRef Key, Witness Value) : Witness;

/// <summary>The argument is an index in range, and the entry shows the rest.</summary>
public sealed record IndexWitness(Witness Entry) : Witness;

/// <summary>The rest shows in the only part of a wrapper.</summary>
public sealed record InnerWitness(string Name, Witness Rest) : Witness;
