using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Outrider.Tests.Tidy;

/// <summary>Writes what a project offers to its users as one document, from the source and its comments.</summary>
internal static partial class ApiReference
{
    public static string Of(string title, string folder)
    {
        var text = new StringBuilder(
            $"# {title}\n\nMade from the comments in `{folder}`; "
            + "`OUTRIDER_REWRITE=1 ./check --only tidy` makes it anew.\n");
        var spaces = Repository.Source.Where(file => file.IsUnder(folder))
            .SelectMany(file => file.Tree.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>())
            .GroupBy(space => space.Name.ToString(), StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal);
        foreach (var space in spaces)
        {
            var types = space.SelectMany(one => one.Members).Where(IsPublic)
                .OrderBy(NameOf, StringComparer.Ordinal).ToList();
            if (types.Count == 0) continue;
            text.Append(CultureInfo.InvariantCulture, $"\n## {space.Key}\n");
            foreach (var type in types) Add(text, type);
        }

        return text.ToString();
    }

    private static void Add(StringBuilder text, MemberDeclarationSyntax type)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n### {NameOf(type)}\n\n```csharp\n{Head(type)}\n```\n");
        Describe(text, type, "\n", "");
        if (type is not TypeDeclarationSyntax { Members.Count: > 0 } holder) return;
        var shown = holder is InterfaceDeclarationSyntax ? holder.Members : [.. holder.Members.Where(IsPublic)];
        foreach (var member in shown)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n- `{Head(member)}`\n");
            Describe(text, member, "", "  ");
        }
    }

    private static void Describe(StringBuilder text, SyntaxNode node, string before, string indent)
    {
        var comment = node.GetLeadingTrivia().Select(trivia => trivia.GetStructure())
            .OfType<DocumentationCommentTriviaSyntax>().LastOrDefault();
        if (comment is null) return;
        foreach (var element in comment.Content.OfType<XmlElementSyntax>())
        {
            var name = element.StartTag.Name.ToString();
            var of = element.StartTag.Attributes.Select(Attribute).FirstOrDefault(value => value.Length > 0);
            var lead = name switch
            {
                "param" or "typeparam" => $"`{of}`: ",
                "exception" => $"Throws `{of}`: ",
                "returns" => "Returns: ",
                _ => "",
            };
            var bullet = name is "param" or "typeparam" or "exception" or "returns" ? "- " : "";
            text.Append(bullet.Length == 0 ? before : "").Append(indent).Append(bullet).Append(lead)
                .Append(Plain(element.Content)).Append('\n');
        }
    }

    private static string Plain(SyntaxList<XmlNodeSyntax> content)
    {
        var text = new StringBuilder();
        foreach (var node in content)
        {
            if (node is XmlTextSyntax plain)
                text.AppendJoin("", plain.TextTokens.Select(token => token.ValueText.TrimStart('\r', '\n')
                    is { Length: > 0 } some ? some : " "));
            else if (node is XmlEmptyElementSyntax empty)
                text.Append(CultureInfo.InvariantCulture, $"`{empty.Attributes.Select(Attribute).FirstOrDefault()}`");
            else if (node is XmlElementSyntax element)
                text.Append(CultureInfo.InvariantCulture, $"`{Plain(element.Content)}`");
        }

        return Spaces().Replace(text.ToString(), " ").Trim();
    }

    private static string Attribute(XmlAttributeSyntax attribute) => attribute switch
    {
        XmlNameAttributeSyntax name => name.Identifier.ToString(),
        XmlCrefAttributeSyntax cref => cref.Cref.ToString().Replace('{', '<').Replace('}', '>'),
        XmlTextAttributeSyntax text => string.Concat(text.TextTokens.Select(token => token.ValueText)),
        _ => "",
    };

    /// <summary>A declaration without its body, its attributes and its comments.</summary>
    private static string Head(MemberDeclarationSyntax member)
    {
        SyntaxNode bare = member switch
        {
            TypeDeclarationSyntax type => type.WithMembers([]).WithOpenBraceToken(default)
                .WithCloseBraceToken(default).WithSemicolonToken(default).WithAttributeLists([]),
            MethodDeclarationSyntax method => method.WithBody(null).WithExpressionBody(null)
                .WithSemicolonToken(default).WithAttributeLists([]),
            ConstructorDeclarationSyntax made => made.WithBody(null).WithInitializer(null).WithAttributeLists([]),
            PropertyDeclarationSyntax property => property.WithExpressionBody(null).WithInitializer(null)
                .WithSemicolonToken(default).WithAttributeLists([]),
            OperatorDeclarationSyntax op => op.WithBody(null).WithExpressionBody(null).WithSemicolonToken(default),
            _ => member,
        };
        var text = bare.WithoutTrivia().DescendantTokens().Aggregate(new StringBuilder(), (all, token) =>
            all.Append(token.WithLeadingTrivia().WithTrailingTrivia().ToString())
                .Append(token.HasTrailingTrivia || token.TrailingTrivia.Count > 0 ? " " : ""));
        return Spaces().Replace(text.ToString(), " ").Replace("( ", "(", StringComparison.Ordinal).Trim().TrimEnd(';');
    }

    private static bool IsPublic(MemberDeclarationSyntax member) =>
        member.Modifiers.Any(SyntaxKind.PublicKeyword) && !member.Modifiers.Any(SyntaxKind.OverrideKeyword);

    private static string NameOf(MemberDeclarationSyntax member) => member switch
    {
        TypeDeclarationSyntax type => type.Identifier + type.TypeParameterList?.ToString(),
        DelegateDeclarationSyntax made => made.Identifier + made.TypeParameterList?.ToString(),
        BaseTypeDeclarationSyntax type => type.Identifier.ToString(),
        _ => member.ToString(),
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
