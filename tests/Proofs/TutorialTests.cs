using System.Text.RegularExpressions;
using Outrider.Proofs;

namespace Outrider.Tests.Proofs;

/// <summary>The tutorial's commands and edits, one after the other, with what it says they print.</summary>
[Collection("models")]
public sealed partial class TutorialTests
{
    [Fact]
    public void EveryCommandDoesWhatTheTutorialSays()
    {
        var text = File.ReadAllText(Path.Combine(Models.Root, "docs", "tutorials", "prove-your-protocol.md"));
        var home = Directory.CreateTempSubdirectory("outrider-tutorial").FullName;
        var commands = 0;
        try
        {
            foreach (Match block in Fences().Matches(text))
            {
                var (kind, file, body) = (block.Groups[1].Value, block.Groups[2].Value, block.Groups[3].Value);
                if (kind == "diff")
                {
                    Edit(Path.Combine(home, file), body);
                }
                else
                {
                    commands++;
                    Check(home, body);
                }
            }
        }
        finally
        {
            Directory.Delete(home, true);
        }

        Assert.True(commands >= 5);
    }

    private static void Check(string home, string body)
    {
        var lines = body.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("$ ./outrider prove ", lines[0], StringComparison.Ordinal);
        var args = Words().Matches(lines[0]["$ ./outrider prove ".Length..])
            .Select(m => m.Value.Trim('"')).Select(a => a.Replace("quiz", Path.Combine(home, "quiz")));
        var wanted = lines.Skip(1).Where(l => !l.StartsWith("[exit", StringComparison.Ordinal)).ToList();
        var code = lines.Contains("[exit 1]") ? 1 : 0;
        using var output = new StringWriter();
        using var error = new StringWriter();
        var given = Commands.Run([.. args], output, error);
        var printed = output.ToString().Replace(home + "/", "", StringComparison.Ordinal);
        Assert.True(code == given, $"{lines[0]} ended with {given}\n{printed}\n{error}");
        Assert.All(wanted, w => Assert.Contains(w, printed, StringComparison.Ordinal));
    }

    private static void Edit(string file, string body)
    {
        var lines = body.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var (from, to) = (lines.Single(l => l[0] == '-')[1..].Trim(), lines.Single(l => l[0] == '+')[1..].Trim());
        var text = File.ReadAllText(file);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(file, text.Replace(from, to, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"```(console|diff)[ ]?(\S*)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Fences();

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Words();
}
