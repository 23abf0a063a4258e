using Outrider.Proofs.Generate;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Mutate;

/// <summary>
/// A protocol's directory copied with all that it includes, so that one file of the copy may be changed.
/// </summary>
internal sealed class MutantCopy : IDisposable
{
    private readonly DirectoryInfo root;
    private readonly string own;
    private readonly string common;

    public MutantCopy(string directory, ProgramText program)
    {
        root = System.IO.Directory.CreateTempSubdirectory("outrider-mutate");
        own = Path.GetFullPath(directory);
        var files = program.Modules.Where(m => File.Exists(m.At.File)).Select(m => Path.GetFullPath(m.At.File))
            .Concat(System.IO.Directory.GetFiles(own, "*.dfy"))
            .Concat(System.IO.Directory.GetFiles(own, "verdict.json")).Distinct(StringComparer.Ordinal).ToList();
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

    public string Directory { get; }

    public void Write(Mutation mutation) =>
        File.WriteAllText(PathOf(mutation.File), mutation.Apply(File.ReadAllText(mutation.File)));

    /// <summary>The file as it was, and the proof: one found for a mutant is not the protocol's.</summary>
    public void Restore(Mutation mutation)
    {
        File.Copy(mutation.File, PathOf(mutation.File), true);
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
