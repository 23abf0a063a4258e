using System.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Outrider.Tests.Tidy;

/// <summary>The files that git tracks, read once, with the parsed form of those in C#.</summary>
internal static class Repository
{
    private static readonly Lazy<IReadOnlyList<SourceFile>> Loaded = new(Load);

    public static string Root { get; } = FindRoot();
    public static IReadOnlyList<SourceFile> Files => Loaded.Value;
    public static IEnumerable<SourceFile> CSharp => Files.Where(f => f.Has(".cs"));
    public static IEnumerable<SourceFile> Markdown => Files.Where(f => f.Has(".md"));
    public static IEnumerable<SourceFile> Source => CSharp.Where(f => f.IsUnder("src/"));

    /// <summary>Projects that hold machines and what they stand on.</summary>
    public static bool IsProtocol(string path) =>
        path.StartsWith("src/Outrider.Core/", StringComparison.Ordinal)
        || path.StartsWith("src/Outrider.Storage/", StringComparison.Ordinal)
        || path.StartsWith("src/Outrider.Replication/", StringComparison.Ordinal)
        || path.StartsWith("src/Outrider.Log/", StringComparison.Ordinal);

    /// <summary>Fails with every offender on a line of its own, so that one run shows all the work.</summary>
    public static void AssertNone(IEnumerable<string> offenders, string rule)
    {
        var all = offenders.ToList();
        Assert.True(all.Count == 0, $"{rule}\n  {string.Join("\n  ", all.Take(50))}");
    }

    private static string FindRoot()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Outrider.slnx"))) at = at.Parent;
        return at?.FullName ?? throw new InvalidOperationException("run the tidy test from inside a checkout");
    }

    private static List<SourceFile> Load()
    {
        var start = new ProcessStartInfo("git", "ls-files --cached --others --exclude-standard -z")
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
        };
        using var git = Process.Start(start)!;
        var listing = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return [.. listing.Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Where(p => File.Exists(Path.Combine(Root, p)))
            .Order(StringComparer.Ordinal)
            .Select(p => new SourceFile(p))];
    }
}

internal sealed class SourceFile(string path)
{
    private string[]? _lines;
    private SyntaxNode? _tree;

    public string Path { get; } = path;
    public string FullPath { get; } = System.IO.Path.Combine(Repository.Root, path);
    public IReadOnlyList<string> Lines => _lines ??= File.ReadAllLines(FullPath);
    public SyntaxNode Tree => _tree ??= CSharpSyntaxTree.ParseText(File.ReadAllText(FullPath)).GetRoot();

    public bool IsText => System.IO.Path.GetExtension(Path) is
        ".cs" or ".md" or ".csproj" or ".props" or ".targets" or ".json" or ".jsonl" or ".txt" or ".dfy" or ".sh"
        or ".css" or ".js" or ".html" or ".razor" or ".slnx" or ".yml" or "";

    public bool IsUnder(string folder) => Path.StartsWith(folder, StringComparison.Ordinal);

    public bool Has(string extension) => Path.EndsWith(extension, StringComparison.Ordinal);

    public string At(SyntaxNode node) => $"{Path}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";
}
