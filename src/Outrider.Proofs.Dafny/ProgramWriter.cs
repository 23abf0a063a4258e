using System.Text.Json;
using Microsoft.Dafny;

namespace Outrider.Proofs.Dafny;

/// <summary>Writes the modules and declarations; expressions go through <see cref="ExpressionWriter"/>.</summary>
internal sealed class ProgramWriter(Utf8JsonWriter json)
{
    private readonly ExpressionWriter expressions = new(json);

    public void Write(LoadedProgram loaded)
    {
        json.WriteStartObject();
        json.WriteNumber("format", 1);
        json.WriteBoolean("ok", loaded.Ok);
        WriteArray("diagnostics", loaded.Findings, WriteFinding);
        json.WriteStartArray("modules");
        if (loaded.Ok && loaded.Program != null)
        {
            // The order of the resolver follows a hash; ordinal order of names keeps the document stable.
            foreach (var module in loaded.Program.RawModules().OrderBy(m => m.FullName, StringComparer.Ordinal))
            {
                if (module.FullName != "_System")
                {
                    WriteModule(module);
                }
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteFinding(Finding finding)
    {
        json.WriteStartObject();
        json.WriteString("severity", finding.Severity);
        json.WriteString("file", finding.File);
        json.WriteNumber("line", finding.Line);
        json.WriteNumber("column", finding.Column);
        json.WriteString("message", finding.Message);
        json.WriteEndObject();
    }

    private void WriteModule(ModuleDefinition module)
    {
        json.WriteStartObject();
        json.WriteString("name", Names.ModuleName(module));
        WritePlace(module.Origin);
        json.WriteStartArray("imports");
        foreach (var alias in module.TopLevelDecls.OfType<AliasModuleDecl>())
        {
            json.WriteStartObject();
            json.WriteString("name", alias.Name);
            json.WriteString("target", alias.TargetQId.Def?.FullName ?? alias.Name);
            json.WriteBoolean("opened", alias.Opened);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("types");
        foreach (var decl in module.TopLevelDecls)
        {
            WriteType(decl);
        }

        json.WriteEndArray();
        var members = module.TopLevelDecls.OfType<DefaultClassDecl>().SelectMany(d => d.Members);
        WriteArray("members", members.ToList(), WriteMember);
        json.WriteEndObject();
    }

    private void WriteType(TopLevelDecl decl)
    {
        switch (decl)
        {
            case DatatypeDecl datatype:
                BeginType("datatype", datatype);
                WriteArray("constructors", datatype.Ctors, WriteConstructor);
                WriteMembers(datatype);
                json.WriteEndObject();
                break;
            case SubsetTypeDecl subset:
                BeginType("subset", subset);
                json.WriteString("base", Names.Of(subset.Rhs, false));
                json.WriteString("variable", subset.Var.Name);
                json.WritePropertyName("constraint");
                expressions.Write(subset.Constraint);
                json.WriteEndObject();
                break;
            case TypeSynonymDecl synonym:
                BeginType("synonym", synonym);
                json.WriteString("base", Names.Of(synonym.Rhs, false));
                json.WriteEndObject();
                break;
            case NewtypeDecl newtype:
                BeginType("newtype", newtype);
                json.WriteString("base", Names.Of(newtype.BaseType, false));
                if (newtype.Var != null)
                {
                    json.WriteString("variable", newtype.Var.Name);
                    json.WritePropertyName("constraint");
                    expressions.Write(newtype.Constraint);
                }

                WriteMembers(newtype);
                json.WriteEndObject();
                break;
            case AbstractTypeDecl opaque:
                BeginType("abstract", opaque);
                WriteMembers(opaque);
                json.WriteEndObject();
                break;
        }
    }

    private void BeginType(string kind, TopLevelDecl decl)
    {
        json.WriteStartObject();
        json.WriteString("kind", kind);
        json.WriteString("name", Names.Of(decl));
        WritePlace(decl.Origin);
        WriteStrings("typeParameters", decl.TypeArgs.Select(p => "$" + p.Name));
    }

    private void WriteMembers(TopLevelDeclWithMembers owner) =>
        WriteArray("members", owner.Members.Where(m => m is Function or Method or ConstantField).ToList(), WriteMember);

    private void WriteConstructor(DatatypeCtor constructor)
    {
        json.WriteStartObject();
        json.WriteString("name", constructor.Name);
        WritePlace(constructor.Origin);
        WriteArray("formals", constructor.Formals, WriteFormal);
        json.WriteEndObject();
    }

    private void WriteFormal(Formal formal)
    {
        json.WriteStartObject();
        json.WriteString("name", formal.Name);
        json.WriteString("type", Names.Of(formal.SyntacticType, false));
        json.WriteBoolean("named", formal.HasName);
        json.WriteBoolean("ghost", formal.IsGhost);
        json.WriteEndObject();
    }

    private void WriteMember(MemberDecl member)
    {
        switch (member)
        {
            case Function function:
                Begin(function is Predicate ? "predicate" : "function", function);
                WriteCallable(function);
                json.WriteString("result", Names.Of(function.ResultType, false));
                WriteOptional("body", function.Body);
                break;
            case Method method:
                Begin(method is Lemma ? "lemma" : "method", method);
                WriteCallable(method);
                WriteArray("outs", method.Outs, WriteFormal);
                json.WriteBoolean("hasBody", method.Body != null);
                break;
            case ConstantField constant:
                Begin("const", constant);
                json.WriteString("result", Names.Of(constant.Type, false));
                WriteOptional("body", constant.Rhs);
                break;
            default:
                return;
        }

        json.WriteEndObject();
    }

    private void Begin(string kind, MemberDecl member)
    {
        json.WriteStartObject();
        json.WriteString("kind", kind);
        json.WriteString("owner", Names.OwnerOf(member));
        json.WriteString("name", member.Name);
        WritePlace(member.Origin);
        json.WriteNumber("endLine", member.EntireRange?.EndToken?.line ?? member.Origin.line);
        json.WriteBoolean("static", member.IsStatic);
        json.WriteBoolean("ghost", member.IsGhost);
        json.WriteBoolean("opaque", member.IsOpaque);
        var names = new List<string>();
        for (var a = member.Attributes; a != null; a = a.Prev)
        {
            names.Add(a.Name);
        }

        WriteStrings("attributes", names);
    }

    private void WriteCallable(MethodOrFunction callable)
    {
        WriteStrings("typeParameters", callable.TypeArgs.Select(p => "$" + p.Name));
        WriteArray("formals", callable.Ins, WriteFormal);
        WriteArray("requires", callable.Req, r => expressions.Write(r.E));
        WriteArray("ensures", callable.Ens, e => expressions.Write(e.E));
    }

    private void WriteOptional(string name, Expression? expression)
    {
        if (expression != null)
        {
            json.WritePropertyName(name);
            expressions.Write(expression);
        }
    }

    private void WritePlace(IOrigin origin)
    {
        json.WriteString("file", Names.FileOf(origin));
        json.WriteNumber("line", origin.line);
        json.WriteNumber("column", origin.col);
    }

    private void WriteStrings(string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private void WriteArray<T>(string name, IReadOnlyList<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            write(item);
        }

        json.WriteEndArray();
    }
}
