using System.Text.RegularExpressions;
using Outrider.Proofs.Generate;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Mutate;

/// <summary>
/// A protocol's directory copied with all that it includes, so that one file of the copy may be changed.
/// </summary>
internal sealed class MutantCopy : IDisposable
{
    private const string Annotation = "UniqueKeyInFlightForHost";

    private readonly DirectoryInfo root;
    private readonly string own;
    private readonly string common;
    private readonly List<string> files;

    public MutantCopy(string directory, ProgramText program)
    {
        root = System.IO.Directory.CreateTempSubdirectory("outrider-mutate");
        own = Path.GetFullPath(directory);
        files = program.Modules.Where(m => File.Exists(m.At.File)).Select(m => Path.GetFullPath(m.At.File))
            .Concat(System.IO.Directory.GetFiles(own, "*.dfy"))
            .Concat(System.IO.Directory.GetFiles(own, "verdict.json")).Concat(Others(own))
            .Distinct(StringComparer.Ordinal).ToList();
        common = own;
        while (!files.TrueForAll(f => f.StartsWith(common + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
        {
            common = Path.GetDirectoryName(common)!;
        }

        foreach (var file in files)
        {
            var copy = PathOf(file);
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, true);
        }

        Directory = PathOf(own);
    }

    private static string[] Others(string directory)
    {
        var folder = Path.Combine(directory, ProtocolDirectory.OtherProofs);
        return System.IO.Directory.Exists(folder) ? System.IO.Directory.GetFiles(folder, "*.dfy") : [];
    }

    public string Directory { get; }

    /// <summary>The folder of the copy that the original's file went to.</summary>
    public string FolderOf(string file) => Path.GetDirectoryName(PathOf(file))!;

    public void Write(Mutation mutation) =>
        File.WriteAllText(PathOf(mutation.File), mutation.Apply(File.ReadAllText(mutation.File)));

    /// <summary>
    /// Says of the changed guard what the ownership annotations said of the old one: which message carries a key to
    /// whom. They are no part of any step, so a proof may choose them. False when they do not mention that guard, or
    /// when the claim itself does mention them.
    /// </summary>
    public bool Restate(Mutation mutation)
    {
        var claim = File.ReadAllText(Path.Combine(own, ProtocolDirectory.SpecFile));
        if (claim.Contains(Annotation, StringComparison.Ordinal) || claim.Contains("Dst()", StringComparison.Ordinal))
        {
            return false;
        }

        var text = File.ReadAllText(mutation.File);
        var old = text.Split('\n')[mutation.Line - 1].Trim();
        var mutant = mutation.Apply(text);
        var now = mutant.Split('\n')[mutation.Line - 1].Trim();
        var told = Within(mutant, "predicate " + Annotation, body => body.Replace(
            old.Replace("inMsg.", "msg.", StringComparison.Ordinal),
            now.Replace("inMsg.", "msg.", StringComparison.Ordinal), StringComparison.Ordinal));
        var changed = told != mutant;
        File.WriteAllText(PathOf(mutation.File), told);
        if (old.Contains($"inMsg.{mutation.Old} == c.id", StringComparison.Ordinal))
        {
            foreach (var file in files.Where(f => f.EndsWith(".dfy", StringComparison.Ordinal)))
            {
                var before = File.ReadAllText(PathOf(file));
                var after = Within(before, "function Dst()", body => Regex.Replace(
                    body, $@"\b{Regex.Escape(mutation.Old)}\b", mutation.New));
                File.WriteAllText(PathOf(file), after);
                changed |= after != before;
            }
        }

        return changed;
    }

    /// <summary>Changes the bodies of the declarations that begin with the given words.</summary>
    private static string Within(string text, string head, Func<string, string> change)
    {
        for (var at = text.IndexOf(head, StringComparison.Ordinal); at >= 0;
            at = text.IndexOf(head, at + 1, StringComparison.Ordinal))
        {
            var open = text.IndexOf('{', at);
            var close = text.IndexOf('}', open);
            text = text[..open] + change(text[open..close]) + text[close..];
        }

        return text;
    }

    /// <summary>All files as they were, and the proof: one found for a mutant is not the protocol's.</summary>
    public void Restore()
    {
        foreach (var file in files)
        {
            File.Copy(file, PathOf(file), true);
        }

        var proof = Path.Combine(own, Generator.ProofFile);
        if (File.Exists(proof))
        {
            File.Copy(proof, PathOf(proof), true);
        }
        else
        {
            File.Delete(PathOf(proof));
        }
    }

    public void Dispose() => root.Delete(true);

    private string PathOf(string original) =>
        Path.Combine(root.FullName, Path.GetRelativePath(common, Path.GetFullPath(original)));
}
