using Outrider.Core;

namespace Outrider.Proofs.Syntax;

/// <summary>
/// A Dafny type: a built-in (<c>int</c>, <c>nat</c>, <c>set</c>, <c>-&gt;</c>…), a declared one with its module
/// (<c>Types.Message</c>) or a type parameter (<c>$T</c>). Equality is by structure.
/// </summary>
public sealed record TypeRef(string Name, IReadOnlyList<TypeRef> Args)
{
    public static readonly TypeRef Bool = new("bool", []);
    public static readonly TypeRef Int = new("int", []);
    public static readonly TypeRef Nat = new("nat", []);

    public bool IsParameter => Name.StartsWith('$');

    /// <summary>The name without its module.</summary>
    public string ShortName => Name[(Name.LastIndexOf('.') + 1)..];

    /// <summary>The module that declares the type; empty for built-ins and the default module.</summary>
    public string Module => Name.Contains('.', StringComparison.Ordinal) ? Name[..Name.LastIndexOf('.')] : "";

    /// <summary>Reads the spelling <c>Name&lt;argument,...&gt;</c> written by the front end.</summary>
    public static TypeRef Parse(string text)
    {
        var at = 0;
        var type = Parse(text, ref at);
        Check.That(at == text.Length, "a type is read to its end");
        return type;
    }

    /// <summary>Replaces type parameters by their actual types.</summary>
    public TypeRef Substitute(IReadOnlyDictionary<string, TypeRef> actuals) =>
        IsParameter && actuals.TryGetValue(Name, out var actual) ? actual
        : Args.Count == 0 ? this
        : new TypeRef(Name, Args.Select(a => a.Substitute(actuals)).ToArray());

    public bool Equals(TypeRef? other) => other != null && Name == other.Name && Args.SequenceEqual(other.Args);

    public override int GetHashCode()
    {
        var hash = StringComparer.Ordinal.GetHashCode(Name);
        foreach (var a in Args)
        {
            hash = unchecked((hash * 31) + a.GetHashCode());
        }

        return hash;
    }

    public override string ToString() => Args.Count == 0 ? Name : $"{Name}<{string.Join(",", Args)}>";

    private static TypeRef Parse(string text, ref int at)
    {
        var start = at;
        if (text.AsSpan(at).StartsWith("->"))
        {
            at += 2;
        }

        while (at < text.Length && text[at] is not ('<' or '>' or ','))
        {
            at++;
        }

        var name = text[start..at];
        if (at == text.Length || text[at] != '<')
        {
            return new TypeRef(name, []);
        }

        var args = new List<TypeRef>();
        do
        {
            at++;
            args.Add(Parse(text, ref at));
        }
        while (text[at] == ',');
        Check.That(text[at] == '>', "type arguments end with >");
        at++;
        return new TypeRef(name, args);
    }
}
