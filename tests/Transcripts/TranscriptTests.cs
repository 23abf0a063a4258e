using Outrider.Simulation;

namespace Outrider.Tests.Transcripts;

/// <summary>
/// Each text file beside this one is a play: commands, and what they led to when it was last looked at. After a wanted
/// change, <c>outrider sim --transcripts tests/Transcripts --rewrite</c> regenerates them, and the diff is read.
/// </summary>
public sealed class TranscriptTests
{
    public static TheoryData<string> Files()
    {
        var data = new TheoryData<string>();
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory, "*.txt").Order(StringComparer.Ordinal))
            data.Add(Path.GetFileName(file));
        return data;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Plays_as_written(string file)
    {
        var (difference, _) = TranscriptFolder.Compare(Path.Combine(AppContext.BaseDirectory, file));
        Assert.True(difference is null, $"{file}: {difference}\nAfter a wanted change: " +
            "outrider sim --transcripts tests/Transcripts --rewrite, then read the diff.");
    }

    [Fact]
    public void A_changed_line_is_noticed()
    {
        var file = Path.Combine(AppContext.BaseDirectory, "append-and-read.txt");
        var text = File.ReadAllText(file);
        var wrong = text.Replace("#2 in t1", "#3 in t1", StringComparison.Ordinal);
        Assert.NotEqual(text, wrong);
        var changed = Path.Combine(Directory.CreateTempSubdirectory("outrider-transcript").FullName, "changed.txt");
        File.WriteAllText(changed, wrong);
        var (difference, played) = TranscriptFolder.Compare(changed);
        Assert.NotNull(difference);
        Assert.Equal(text.ReplaceLineEndings("\n"), played);
    }
}
