using System.Text.RegularExpressions;

namespace Outrider.Tests.Tidy;

public sealed partial class DocsTests
{
    private static readonly string[] Required =
    [
        "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "DEPENDENCIES.md", "FAULT_MODEL.md",
        "LIMITATIONS.md", "SECURITY.md", "LICENSE", "check", "outrider", ".ci/run",
    ];

    [Fact]
    public void The_documents_exist() => Repository.AssertNone(
        Required.Where(name => !File.Exists(Path.Combine(Repository.Root, name))), "write it");

    [Fact]
    public void Links_lead_somewhere() => Repository.AssertNone(
        from file in Repository.Markdown
        from line in file.Lines.Select((text, i) => (text, number: i + 1))
        from Match link in Link().Matches(line.text)
        let target = link.Groups[1].Value.Split('#')[0]
        where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)
            && !target.StartsWith("mailto:", StringComparison.Ordinal)
        let path = Path.Combine(Path.GetDirectoryName(file.FullPath)!, target)
        where !File.Exists(path) && !Directory.Exists(path)
        select $"{file.Path}:{line.number}: {target}",
        "mend the link");

    [Fact]
    public void Each_document_has_one_title() => Repository.AssertNone(
        from file in Repository.Markdown
        let titles = CountTitles(file.Lines)
        where titles != 1
        select $"{file.Path}: {titles} titles",
        "one '# ' heading a file");

    [Fact]
    public void Source_readmes_are_short() => Repository.AssertNone(
        from file in Repository.Markdown
        where file.Path.StartsWith("src/", StringComparison.Ordinal) && file.Lines.Count > 40
        select $"{file.Path}: {file.Lines.Count} lines",
        "what it does, its messages, its invariants, its source: 40 lines");

    [Fact]
    public void Every_package_has_its_reason() => Repository.AssertNone(
        from line in File.ReadAllLines(Path.Combine(Repository.Root, "Directory.Packages.props"))
        let match = Package().Match(line)
        where match.Success
        where !File.ReadAllText(Path.Combine(Repository.Root, "DEPENDENCIES.md"))
            .Contains(match.Groups[1].Value, StringComparison.Ordinal)
        select match.Groups[1].Value,
        "give the reason in DEPENDENCIES.md");

    [Fact]
    public void The_repository_names_no_machine_of_ours() => Repository.AssertNone(
        from file in Repository.Files
        where file.IsText && !file.Path.StartsWith("tests/Tidy/", StringComparison.Ordinal)
            && !file.Path.EndsWith(".lock.json", StringComparison.Ordinal)
        from line in file.Lines.Select((text, i) => (text, number: i + 1))
        where Machine().IsMatch(line.text)
        select $"{file.Path}:{line.number}",
        "no path or host of a build machine");

    private static int CountTitles(IReadOnlyList<string> lines)
    {
        var fenced = false;
        var titles = 0;
        foreach (var line in lines)
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) fenced = !fenced;
            else if (!fenced && line.StartsWith("# ", StringComparison.Ordinal)) titles++;
        }

        return titles;
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("PackageVersion Include=\"([^\"]+)\"")]
    private static partial Regex Package();

    [GeneratedRegex(@"(^|[\s""'`(=:])/(work|farm|home|root)/")]
    private static partial Regex Machine();
}
