using System.Text.Json;

namespace Outrider.Proofs.Syntax;

/// <summary>Reads the document written by the Dafny front end.</summary>
public static class ProgramReader
{
    public const int Format = 1;

    /// <exception cref="InvalidDataException">The document is of another version or malformed.</exception>
    public static ProgramText Read(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = 100_000 });
            var root = document.RootElement;
            if (root.GetProperty("format").GetInt32() != Format)
            {
                throw new InvalidDataException(
                    "the Dafny front end and this program are of different builds; build the solution again");
            }

            return new ProgramText(
                root.GetProperty("ok").GetBoolean(),
                List(root, "diagnostics", ReadDiagnostic),
                List(root, "modules", ReadModule));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException
            or ArgumentException)
        {
            throw new InvalidDataException("the Dafny front end wrote a malformed document: " + e.Message, e);
        }
    }

    internal static T[] List<T>(JsonElement e, string name, Func<JsonElement, T> read)
    {
        if (!e.TryGetProperty(name, out var array))
        {
            return [];
        }

        var items = new T[array.GetArrayLength()];
        var at = 0;
        foreach (var item in array.EnumerateArray())
        {
            items[at++] = read(item);
        }

        return items;
    }

    internal static string Text(JsonElement e, string name) => e.GetProperty(name).GetString() ?? "";

    private static Diagnostic ReadDiagnostic(JsonElement e) => new(
        Text(e, "severity") == "error" ? Severity.Error : Severity.Warning, ReadPlace(e), Text(e, "message"));

    private static Place ReadPlace(JsonElement e) =>
        new(Text(e, "file"), e.GetProperty("line").GetInt32(), e.GetProperty("column").GetInt32());

    private static ModuleText ReadModule(JsonElement e) => new(
        Text(e, "name"),
        ReadPlace(e),
        List(e, "imports", i => new ImportText(Text(i, "name"), Text(i, "target"), Flag(i, "opened"))),
        List(e, "types", ReadType),
        List(e, "members", ReadMember));

    private static TypeText ReadType(JsonElement e) => new(
        Enum.Parse<TypeKind>(Text(e, "kind"), true),
        Text(e, "name"),
        ReadPlace(e),
        Strings(e, "typeParameters"),
        List(e, "constructors", c => new CtorText(Text(c, "name"), ReadPlace(c), List(c, "formals", ReadFormal))),
        Type(e, "base"),
        e.TryGetProperty("variable", out var v) ? v.GetString() : null,
        ExprReader.Optional(e, "constraint"),
        List(e, "members", ReadMember));

    private static FormalText ReadFormal(JsonElement e) =>
        new(Text(e, "name"), TypeRef.Parse(Text(e, "type")), Flag(e, "named"), Flag(e, "ghost"));

    private static MemberText ReadMember(JsonElement e)
    {
        var body = ExprReader.Optional(e, "body");
        return new MemberText(
            Enum.Parse<MemberKind>(Text(e, "kind"), true),
            Text(e, "owner"),
            Text(e, "name"),
            ReadPlace(e),
            e.GetProperty("endLine").GetInt32(),
            Flag(e, "static"),
            Flag(e, "ghost"),
            Flag(e, "opaque"),
            Strings(e, "attributes"),
            Strings(e, "typeParameters"),
            List(e, "formals", ReadFormal),
            List(e, "outs", ReadFormal),
            List(e, "requires", ExprReader.Read),
            List(e, "ensures", ExprReader.Read),
            Type(e, "result"),
            body,
            body != null || (e.TryGetProperty("hasBody", out var has) && has.GetBoolean()));
    }

    private static TypeRef? Type(JsonElement e, string name) =>
        e.TryGetProperty(name, out var t) ? TypeRef.Parse(t.GetString() ?? "?") : null;

    private static string[] Strings(JsonElement e, string name) => List(e, name, s => s.GetString() ?? "");

    private static bool Flag(JsonElement e, string name) => e.GetProperty(name).GetBoolean();
}
