namespace Outrider.Proofs.Syntax;

/// <summary>A resolved Dafny program. Names are looked up with their owner, for example <c>Types.Message</c>.</summary>
public sealed class ProgramText
{
    private readonly SortedDictionary<string, ModuleText> modules = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, TypeText> types = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, MemberText> members = new(StringComparer.Ordinal);

    public ProgramText(bool ok, IReadOnlyList<Diagnostic> diagnostics, IReadOnlyList<ModuleText> text)
    {
        Ok = ok;
        Diagnostics = diagnostics;
        Modules = text;
        foreach (var module in text)
        {
            modules[module.Name] = module;
            foreach (var member in module.Members)
            {
                members[member.FullName] = member;
            }

            foreach (var type in module.Types)
            {
                types[type.Name] = type;
                foreach (var member in type.Members)
                {
                    members[member.FullName] = member;
                }
            }
        }
    }

    /// <summary>False when Dafny reported an error; then there are no modules.</summary>
    public bool Ok { get; }

    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    public IReadOnlyList<ModuleText> Modules { get; }

    public ModuleText? Module(string name) => modules.GetValueOrDefault(name);

    public TypeText? Type(string name) => types.GetValueOrDefault(name);

    /// <summary>A member by its owner (module or type) and name.</summary>
    public MemberText? Member(string owner, string name) => members.GetValueOrDefault(owner + "." + name);

    /// <summary>Follows synonyms at the head and in the arguments; subset types stay.</summary>
    public TypeRef Expand(TypeRef type)
    {
        var args = type.Args.Select(Expand).ToArray();
        if (Type(type.Name) is { Kind: TypeKind.Synonym, Base: { } target } synonym)
        {
            var actuals = new Dictionary<string, TypeRef>(StringComparer.Ordinal);
            for (var i = 0; i < synonym.TypeParameters.Count && i < args.Length; i++)
            {
                actuals[synonym.TypeParameters[i]] = args[i];
            }

            return Expand(target.Substitute(actuals));
        }

        return args.Length == 0 ? type : new TypeRef(type.Name, args);
    }

    /// <summary>The declared types of a constructor's formals at an instance of its datatype, synonyms kept.</summary>
    public IReadOnlyList<TypeRef> FormalTypes(TypeRef datatype, CtorText constructor)
    {
        var declared = Type(datatype.Name);
        var actuals = new Dictionary<string, TypeRef>(StringComparer.Ordinal);
        for (var i = 0; declared != null && i < declared.TypeParameters.Count && i < datatype.Args.Count; i++)
        {
            actuals[declared.TypeParameters[i]] = datatype.Args[i];
        }

        return constructor.Formals.Select(f => f.Type.Substitute(actuals)).ToArray();
    }
}
