namespace Outrider.Proofs.Syntax;

/// <summary>A place in a source file, one-based; line 0 means the file as a whole.</summary>
public readonly record struct Place(string File, int Line, int Column)
{
    public override string ToString() => Line == 0 ? File : $"{File}:{Line}:{Column}";
}

public sealed record ModuleText(
    string Name, Place At, IReadOnlyList<ImportText> Imports, IReadOnlyList<TypeText> Types,
    IReadOnlyList<MemberText> Members);

public sealed record ImportText(string Name, string Target, bool Opened);

public enum TypeKind
{
    Datatype,
    Subset,
    Synonym,
    Newtype,
    Abstract,
}

/// <summary>A declared type. Base, variable and constraint belong to synonyms, subsets and newtypes.</summary>
public sealed record TypeText(
    TypeKind Kind, string Name, Place At, IReadOnlyList<string> TypeParameters, IReadOnlyList<CtorText> Constructors,
    TypeRef? Base, string? Variable, Expr? Constraint, IReadOnlyList<MemberText> Members)
{
    public string ShortName => Name[(Name.LastIndexOf('.') + 1)..];

    public MemberText? Member(string name) => Members.FirstOrDefault(m => m.Name == name);
}

public sealed record CtorText(string Name, Place At, IReadOnlyList<FormalText> Formals);

/// <summary>The declared type keeps its synonyms. An unnamed formal has a name such as <c>0</c>.</summary>
public sealed record FormalText(string Name, TypeRef Type, bool Named, bool Ghost);

public enum MemberKind
{
    Function,
    Predicate,
    Lemma,
    Method,
    Const,
}

/// <summary>A function, predicate, lemma, method or constant; the owner is its module or its type.</summary>
public sealed record MemberText(
    MemberKind Kind, string Owner, string Name, Place At, int EndLine, bool Static, bool Ghost, bool Opaque,
    IReadOnlyList<string> Attributes, IReadOnlyList<string> TypeParameters, IReadOnlyList<FormalText> Formals,
    IReadOnlyList<FormalText> Outs, IReadOnlyList<Expr> Requires, IReadOnlyList<Expr> Ensures, TypeRef? Result,
    Expr? Body, bool HasBody)
{
    public string FullName => Owner + "." + Name;
}
