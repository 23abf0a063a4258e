namespace Outrider.Simulation;

/// <summary>Replays every transcript of a folder, or regenerates them.</summary>
internal static class TranscriptFolder
{
    public static int Run(string folder, bool rewrite, TextWriter stdout, TextWriter stderr)
    {
        if (!Directory.Exists(folder))
        {
            stderr.WriteLine($"sim: there is no directory '{folder}'");
            return 2;
        }

        var differing = 0;
        var files = Directory.GetFiles(folder, "*.txt").Order(StringComparer.Ordinal).ToList();
        foreach (var file in files)
        {
            var (difference, played) = Compare(file);
            if (difference is null) continue;
            differing++;
            if (rewrite) File.WriteAllText(file, played);
            stdout.WriteLine($"{(rewrite ? "rewritten" : "differs")}: {Path.GetFileName(file)}: {difference}");
        }

        stdout.WriteLine($"{files.Count} transcripts, {differing} {(rewrite ? "rewritten" : "differ")}");
        return differing == 0 || rewrite ? 0 : 1;
    }

    /// <summary>The first differing line, null if none, and the transcript as it plays now.</summary>
    public static (string? Difference, string Played) Compare(string file)
    {
        var text = File.ReadAllText(file).ReplaceLineEndings("\n");
        var played = Transcript.Play(text);
        if (played == text) return (null, played);
        var (before, after) = (text.Split('\n'), played.Split('\n'));
        for (var i = 0; i < Math.Min(before.Length, after.Length); i++)
            if (before[i] != after[i]) return ($"line {i + 1}: expected '{before[i]}', now '{after[i]}'", played);
        return ($"{before.Length} lines expected, now {after.Length}", played);
    }
}
