using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Eval;

public enum ShapeKind
{
    Bool,
    Int,
    Datatype,
    Set,
    Seq,
    Map,
    Abstract,
    Other,
}

/// <summary>One constructor of a datatype, shared by all instances of the type.</summary>
public sealed class CtorShape
{
    private readonly string[] fields;

    internal CtorShape(string datatype, string name, int index, string[] fields)
    {
        Datatype = datatype;
        Name = name;
        Index = index;
        this.fields = fields;
        Seed = index + 1;
        foreach (var ch in datatype + name)
        {
            Seed = unchecked((Seed * 33) ^ ch);
        }
    }

    public string Datatype { get; }

    public string Name { get; }

    /// <summary>Place among the constructors of its datatype.</summary>
    public int Index { get; }

    public IReadOnlyList<string> Fields => fields;

    internal int Seed { get; }

    public int IndexOf(string field) => Array.IndexOf(fields, field);
}

/// <summary>A type ready for building values: what holes of it may become.</summary>
public sealed class Shape
{
    internal Shape(ShapeKind kind, TypeRef type, bool isNat = false)
    {
        Kind = kind;
        Type = type;
        IsNat = isNat;
    }

    public ShapeKind Kind { get; }

    /// <summary>The type with the synonyms of its text; renaming of host indices goes by them.</summary>
    public TypeRef Type { get; }

    public bool IsNat { get; }

    /// <summary>Element types: of a set or sequence one, of a map key and value.</summary>
    public IReadOnlyList<Shape> Args { get; internal set; } = [];

    public IReadOnlyList<CtorShape> Ctors { get; internal set; } = [];

    /// <summary>For each constructor the shapes of its fields.</summary>
    public IReadOnlyList<Shape[]> CtorArgs { get; internal set; } = [];

    /// <summary>A subset type's constraint, to be tested on a candidate; null when there is none.</summary>
    internal Func<Value, bool>? Constraint { get; set; }
}

/// <summary>All shapes of a program, made on first use; recursive types are cut by the table itself.</summary>
internal sealed class ShapeTable(ProgramText program)
{
    private readonly Dictionary<TypeRef, Shape> shapes = [];
    private readonly Dictionary<string, CtorShape> ctors = new(StringComparer.Ordinal);

    /// <summary>Set by the compiler, which knows how to evaluate the constraint of a subset type.</summary>
    public Func<TypeText, Func<Value, bool>>? ConstraintOf { get; set; }

    public CtorShape Ctor(string datatype, string name)
    {
        var key = datatype + "." + name;
        if (ctors.TryGetValue(key, out var found))
        {
            return found;
        }

        if (program.Type(datatype) is { } declared)
        {
            for (var i = 0; i < declared.Constructors.Count; i++)
            {
                var c = declared.Constructors[i];
                ctors[datatype + "." + c.Name] = new CtorShape(
                    datatype, c.Name, i, [.. c.Formals.Select(f => f.Name)]);
            }
        }
        else
        {
            // Tuples belong to Dafny's own module, which the front end leaves out.
            ctors[key] = new CtorShape(datatype, name, 0, [.. Enumerable.Range(0, 20).Select(i => $"{i}")]);
        }

        return ctors.TryGetValue(key, out found)
            ? found
            : throw new NotExecutable($"datatype {datatype} has no constructor {name}");
    }

    public Shape Of(TypeRef type)
    {
        if (shapes.TryGetValue(type, out var found))
        {
            return found;
        }

        return Make(type);
    }

    private Shape Make(TypeRef type)
    {
        switch (type.Name)
        {
            case "bool":
                return Keep(type, new Shape(ShapeKind.Bool, type));
            case "int":
                return Keep(type, new Shape(ShapeKind.Int, type));
            case "nat":
                return Keep(type, new Shape(ShapeKind.Int, type, true));
            case "set" or "iset":
                return Collection(ShapeKind.Set, type);
            case "seq":
                return Collection(ShapeKind.Seq, type);
            case "map" or "imap":
                return Collection(ShapeKind.Map, type);
        }

        var declared = program.Type(type.Name);
        switch (declared?.Kind)
        {
            case TypeKind.Datatype:
                return Datatype(type, declared);
            case TypeKind.Abstract:
                return Keep(type, new Shape(ShapeKind.Abstract, type));
            case TypeKind.Synonym or TypeKind.Subset or TypeKind.Newtype:
                return Derived(type, declared);
        }

        if (type.Name.StartsWith("_tuple", StringComparison.Ordinal))
        {
            var tuple = Keep(type, new Shape(ShapeKind.Datatype, type));
            tuple.Ctors = [Ctor(type.Name, "_#Make" + type.Args.Count)];
            tuple.CtorArgs = [[.. type.Args.Select(Of)]];
            return tuple;
        }

        return Keep(type, new Shape(ShapeKind.Other, type));
    }

    private Shape Keep(TypeRef type, Shape shape)
    {
        shapes[type] = shape;
        return shape;
    }

    private Shape Collection(ShapeKind kind, TypeRef type)
    {
        var shape = Keep(type, new Shape(kind, type));
        shape.Args = [.. type.Args.Select(Of)];
        return shape;
    }

    private Shape Datatype(TypeRef type, TypeText declared)
    {
        var shape = Keep(type, new Shape(ShapeKind.Datatype, type));
        shape.Ctors = [.. declared.Constructors.Select(c => Ctor(type.Name, c.Name))];
        shape.CtorArgs =
        [
            .. declared.Constructors.Select(c => program.FormalTypes(type, c).Select(Of).ToArray())
        ];
        return shape;
    }

    private Shape Derived(TypeRef type, TypeText declared)
    {
        var actuals = new Dictionary<string, TypeRef>(StringComparer.Ordinal);
        for (var i = 0; i < declared.TypeParameters.Count && i < type.Args.Count; i++)
        {
            actuals[declared.TypeParameters[i]] = type.Args[i];
        }

        var under = Of(declared.Base!.Substitute(actuals));
        var shape = new Shape(under.Kind, type, under.IsNat)
        {
            Args = under.Args,
            Ctors = under.Ctors,
            CtorArgs = under.CtorArgs,
            Constraint = declared.Constraint == null ? under.Constraint : ConstraintOf?.Invoke(declared),
        };
        return Keep(type, shape);
    }
}
