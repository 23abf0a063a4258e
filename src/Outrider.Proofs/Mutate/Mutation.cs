namespace Outrider.Proofs.Mutate;

/// <summary>
/// A fault of one token: at a place in a file, some text replaced by another. Line and column from 1.
/// </summary>
public sealed record Mutation(string Class, string File, int Line, int Column, string Old, string New)
{
    /// <summary>The file's text with the fault in it.</summary>
    public string Apply(string text)
    {
        var lines = text.Split('\n');
        var line = lines[Line - 1];
        lines[Line - 1] = line[..(Column - 1)] + New + line[(Column - 1 + Old.Length)..];
        return string.Join('\n', lines);
    }

    public override string ToString() => $"{Path.GetFileName(File)}:{Line}:{Column} {Class}: {Old} -> {New}";
}

/// <summary>What became of a mutant.</summary>
public enum Fate
{
    /// <summary>Exploration found a run that breaks it.</summary>
    Refuted,

    /// <summary>Dafny accepts a proof of it: the fault is none.</summary>
    Proved,

    /// <summary>Dafny refuses the text: it does not resolve, or applies a function outside its domain.</summary>
    Illegal,

    /// <summary>Neither a run nor a proof was found.</summary>
    Unresolved,
}
