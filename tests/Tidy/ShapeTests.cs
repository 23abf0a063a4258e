using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Outrider.Tests.Tidy;

public sealed class ShapeTests
{
    private const int FileLinesMax = 400;
    private const int MethodLinesMax = 70;
    private const int ColumnsMax = 120;

    [Fact]
    public void Files_are_at_most_400_lines() => Repository.AssertNone(
        Repository.CSharp.Where(f => f.Lines.Count > FileLinesMax).Select(f => $"{f.Path}: {f.Lines.Count} lines"),
        "split the file by role or concept");

    [Fact]
    public void Lines_are_at_most_120_columns() => Repository.AssertNone(
        from file in Repository.CSharp
        from line in file.Lines.Select((text, i) => (text, number: i + 1))
        where line.text.Length > ColumnsMax
        select $"{file.Path}:{line.number}: {line.text.Length} columns",
        "break the line");

    [Fact]
    public void Methods_are_at_most_70_lines() => Repository.AssertNone(
        from file in Repository.CSharp
        from method in file.Tree.DescendantNodes().OfType<BaseMethodDeclarationSyntax>()
        let span = method.GetLocation().GetLineSpan()
        let lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1
        where lines > MethodLinesMax
        select $"{file.At(method)}: {lines} lines",
        "push ifs up and fors down; move leaves out");

    [Fact]
    public void Namespaces_are_file_scoped() => Repository.AssertNone(
        from file in Repository.CSharp
        from space in file.Tree.DescendantNodes().OfType<NamespaceDeclarationSyntax>()
        select file.At(space),
        "use a file-scoped namespace");

    [Fact]
    public void Classes_are_sealed_static_or_abstract() => Repository.AssertNone(
        from file in Repository.CSharp
        from type in file.Tree.DescendantNodes().OfType<TypeDeclarationSyntax>()
        where type is ClassDeclarationSyntax
            || (type is RecordDeclarationSyntax record && !record.IsKind(SyntaxKind.RecordStructDeclaration))
        where !type.Modifiers.Any(m => m.IsKind(SyntaxKind.SealedKeyword)
            || m.IsKind(SyntaxKind.StaticKeyword) || m.IsKind(SyntaxKind.AbstractKeyword)
            || m.IsKind(SyntaxKind.PartialKeyword))
        select $"{file.At(type)}: {type.Identifier}",
        "seal it");

    [Fact]
    public void Nothing_is_left_open() => Repository.AssertNone(
        from file in Repository.CSharp
        where !file.Path.StartsWith("tests/Tidy/", StringComparison.Ordinal)
        from line in file.Lines.Select((text, i) => (text, number: i + 1))
        where OpenMarks.Any(mark => line.text.Contains(mark, StringComparison.Ordinal))
        select $"{file.Path}:{line.number}: {line.text.Trim()}",
        "finish it, or file it");

    private static readonly string[] OpenMarks = ["TODO", "FIXME", "XXX", "NotImplementedException", "Skip = \""];
}
