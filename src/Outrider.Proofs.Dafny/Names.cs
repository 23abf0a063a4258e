using Microsoft.Dafny;

namespace Outrider.Proofs.Dafny;

/// <summary>Neutral spelling of types, declarations and source places.</summary>
internal static class Names
{
    /// <summary>A declaration's name with its module, for example <c>Types.Message</c>; built-ins stay bare.</summary>
    public static string Of(TopLevelDecl decl)
    {
        if (decl is TypeParameter parameter)
        {
            return "$" + parameter.Name;
        }

        var module = decl.EnclosingModuleDefinition;
        return module == null || module.IsDefaultModule ? decl.Name
            : module.FullName == "_System" ? decl.Name
            : module.FullName + "." + decl.Name;
    }

    /// <summary>Members of the default class belong to the module itself.</summary>
    public static string OwnerOf(MemberDecl member) => member.EnclosingClass is DefaultClassDecl d
        ? ModuleName(d.EnclosingModuleDefinition)
        : Of(member.EnclosingClass);

    public static string ModuleName(ModuleDefinition module) => module.IsDefaultModule ? "" : module.FullName;

    /// <summary>A type as <c>Name&lt;argument,...&gt;</c>; synonyms are kept unless expanded.</summary>
    public static string Of(Microsoft.Dafny.Type? type, bool expand)
    {
        if (type == null)
        {
            return "?";
        }

        var t = expand ? type.NormalizeExpand(true) : type.Normalize();
        return t switch
        {
            BoolType => "bool",
            IntType => "int",
            RealType => "real",
            CharType => "char",
            SetType s => Apply(s.Finite ? "set" : "iset", [s.Arg], expand),
            MultiSetType m => Apply("multiset", [m.Arg], expand),
            SeqType q => Apply("seq", [q.Arg], expand),
            MapType m => Apply(m.Finite ? "map" : "imap", [m.Domain, m.Range], expand),
            UserDefinedType { IsArrowType: true } a => Apply("->", a.TypeArgs, expand),
            UserDefinedType u when u.ResolvedClass != null => Apply(Of(u.ResolvedClass), u.TypeArgs, expand),
            _ => t.ToString(),
        };
    }

    public static string FileOf(IOrigin origin) => FileOf(origin.Uri);

    public static string FileOf(Token token) => FileOf(token.Uri);

    private static string FileOf(Uri? uri) => uri == null ? "" : uri.IsFile ? uri.LocalPath : uri.ToString();

    private static string Apply(string head, List<Microsoft.Dafny.Type> args, bool expand) => args.Count == 0
        ? head
        : head + "<" + string.Join(",", args.Select(a => Of(a, expand))) + ">";
}
