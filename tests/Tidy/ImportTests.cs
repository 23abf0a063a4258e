using System.Xml.Linq;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Outrider.Tests.Tidy;

/// <summary>Imports run downward only; ARCHITECTURE.md draws the same picture.</summary>
public sealed class ImportTests
{
    private static readonly SortedDictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Outrider.Core"] = [],
        ["Outrider.Storage"] = ["Outrider.Core"],
        ["Outrider.Replication"] = ["Outrider.Core"],
        ["Outrider.Log"] = ["Outrider.Core", "Outrider.Replication"],
        ["Outrider.Client"] = ["Outrider.Core", "Outrider.Replication", "Outrider.Log"],
        ["Outrider.Runtime"] = ["Outrider.Core", "Outrider.Storage", "Outrider.Replication"],
        ["Outrider.Simulation"] =
            ["Outrider.Core", "Outrider.Storage", "Outrider.Replication", "Outrider.Log", "Outrider.Client",
             "Outrider.Proofs"],
        ["Outrider.Server"] =
            ["Outrider.Core", "Outrider.Storage", "Outrider.Replication", "Outrider.Log", "Outrider.Runtime"],
        ["Outrider.Proofs"] = ["Outrider.Core", "Outrider.Proofs.Dafny"],
        ["Outrider.Proofs.Dafny"] = [],
    };

    [Fact]
    public void Projects_reference_only_what_lies_below() => Repository.AssertNone(
        from file in Repository.Files
        where file.Path.StartsWith("src/", StringComparison.Ordinal)
            && file.Path.EndsWith(".csproj", StringComparison.Ordinal)
        let project = Path.GetFileNameWithoutExtension(file.Path)
        where Allowed.ContainsKey(project)
        from reference in XDocument.Load(file.FullPath).Descendants("ProjectReference")
        let target = Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!)
        where !Allowed[project].Contains(target, StringComparer.Ordinal)
        select $"{file.Path} -> {target}",
        "imports run downward only");

    [Fact]
    public void Namespaces_import_only_what_lies_below() => Repository.AssertNone(
        from file in Repository.Source
        let project = file.Path.Split('/')[1]
        where Allowed.ContainsKey(project)
        from use in file.Tree.DescendantNodes().OfType<UsingDirectiveSyntax>()
        let space = use.NamespaceOrType.ToString()
        where space.StartsWith("Outrider.", StringComparison.Ordinal)
        let target = Allowed.Keys.Append("Outrider.Cli").Append("Outrider.Bench")
            .Where(k => space == k || space.StartsWith(k + ".", StringComparison.Ordinal))
            .MaxBy(k => k.Length)
        where target is not null && target != project && !Allowed[project].Contains(target, StringComparer.Ordinal)
        select $"{file.At(use)}: {space}",
        "imports run downward only");

    [Fact]
    public void Protocol_projects_take_no_package() => Repository.AssertNone(
        from file in Repository.Files
        where Repository.IsProtocol(file.Path) && file.Path.EndsWith(".csproj", StringComparison.Ordinal)
        from package in XDocument.Load(file.FullPath).Descendants("PackageReference")
        select $"{file.Path}: {(string?)package.Attribute("Include")}",
        "protocol code stands on the base library alone");
}
