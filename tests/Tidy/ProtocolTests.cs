using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Outrider.Tests.Tidy;

public sealed class ProtocolTests
{
    [Fact]
    public void Machines_use_no_async() => Repository.AssertNone(
        from file in Repository.Source.Where(f => Repository.IsProtocol(f.Path))
        from token in file.Tree.DescendantTokens()
        where token.IsKind(SyntaxKind.AsyncKeyword) || token.IsKind(SyntaxKind.AwaitKeyword)
            || token.IsKind(SyntaxKind.LockKeyword)
        select file.At(token.Parent!),
        "machines are synchronous values");

    [Fact]
    public void Machines_enumerate_no_hash_table() => Repository.AssertNone(
        from file in Repository.Source.Where(f => Repository.IsProtocol(f.Path))
        let hashed = HashedNames(file)
        from loop in file.Tree.DescendantNodes().OfType<ForEachStatementSyntax>()
        let subject = LastName(loop.Expression)
        where subject is not null && hashed.Contains(subject)
        select $"{file.At(loop)}: {loop.Expression}",
        "the order of a hash table is not part of the protocol: use SortedDictionary or a list");

    [Fact]
    public void Machines_hold_no_mutable_static() => Repository.AssertNone(
        from file in Repository.Source.Where(f => Repository.IsProtocol(f.Path))
        from field in file.Tree.DescendantNodes().OfType<FieldDeclarationSyntax>()
        where field.Modifiers.Any(m => m.IsKind(SyntaxKind.StaticKeyword))
            && !field.Modifiers.Any(m => m.IsKind(SyntaxKind.ReadOnlyKeyword) || m.IsKind(SyntaxKind.ConstKeyword))
        select file.At(field),
        "two worlds share the process: no mutable statics");

    [Fact]
    public void Planted_bugs_are_set_by_the_simulator_and_tests_alone() => Repository.AssertNone(
        from file in Repository.CSharp
        where !file.Path.StartsWith("tests/", StringComparison.Ordinal)
            && !file.Path.StartsWith("src/Outrider.Simulation/", StringComparison.Ordinal)
        from access in file.Tree.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
        let type = access.Expression.ToString()
        where type.EndsWith("Bugs", StringComparison.Ordinal) && !Repository.IsProtocol(file.Path)
            && access.Name.ToString() != "None" && !IsAskedFor(access)
        select $"{file.At(access)}: {access}",
        "a host outside the simulator runs with no planted bug");

    /// <summary>Code in which a bug is planted asks whether it is; it sets none.</summary>
    private static bool IsAskedFor(MemberAccessExpressionSyntax access) =>
        access.Parent is ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call }
        && LastName(call.Expression) == "HasFlag";

    [Fact]
    public void Protocol_code_asserts()
    {
        foreach (var project in new[] { "Outrider.Replication", "Outrider.Log", "Outrider.Storage" })
        {
            var files = Repository.Source.Where(f => f.Path.StartsWith($"src/{project}/", StringComparison.Ordinal));
            var lines = files.Sum(f => f.Lines.Count(l => l.Trim().Length > 0));
            var asserts = files.Sum(f => f.Lines.Count(l => l.Contains("Check.That(", StringComparison.Ordinal)));
            Assert.True(lines < 300 || asserts * 150 >= lines, $"{project}: {asserts} asserts in {lines} lines");
        }
    }

    private static SortedSet<string> HashedNames(SourceFile file)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var variable in file.Tree.DescendantNodes().OfType<VariableDeclarationSyntax>())
        {
            if (!IsHashed(variable.Type.ToString()) && !variable.Variables.Any(
                v => v.Initializer is { Value: ObjectCreationExpressionSyntax made } && IsHashed(made.Type.ToString())))
            {
                continue;
            }

            foreach (var name in variable.Variables) names.Add(name.Identifier.Text);
        }

        return names;
    }

    private static bool IsHashed(string type) =>
        type.StartsWith("Dictionary<", StringComparison.Ordinal)
        || type.StartsWith("HashSet<", StringComparison.Ordinal);

    private static string? LastName(ExpressionSyntax expression) => expression switch
    {
        IdentifierNameSyntax name => name.Identifier.Text,
        MemberAccessExpressionSyntax { Name.Identifier.Text: "Values" or "Keys" } access => LastName(access.Expression),
        MemberAccessExpressionSyntax access => access.Name.Identifier.Text,
        _ => null,
    };
}
