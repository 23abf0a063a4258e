using System.Text.Json;
using Outrider.Proofs;
using Outrider.Proofs.Syntax;
using Outrider.Proofs.Verify;
using Outrider.Tests.Proofs.Generate;

namespace Outrider.Tests.Proofs.Verify;

/// <summary>What must be proved again after a change, and what need not.</summary>
public sealed class CacheTests
{
    private const string Ring = "StationHost.ReceiveTokenSendToken";

    [Fact]
    public void AnUnchangedTextKeepsItsKeys()
    {
        using var copy = new ProtocolCopy();
        Assert.Equal(Keys(copy), Keys(copy));
    }

    [Fact]
    public void CommentsAndSpacingCountForNothing()
    {
        using var copy = new ProtocolCopy();
        var before = Keys(copy);
        Change(copy, "// The guard stands in a helper.", "// Another remark.\n\n  // And one more.");
        Assert.Equal(before, Keys(copy));
    }

    [Fact]
    public void AChangeReachesWhatUsesItAndNothingElse()
    {
        using var copy = new ProtocolCopy();
        var before = Keys(copy);
        Change(copy, "inMsg.from + 1 == c.id ||", "c.id == inMsg.from + 1 ||");
        var changed = Keys(copy).Where(k => before[k.Key] != k.Value).Select(k => k.Key).ToList();
        Assert.Contains("StationHost.ForMe", changed);
        Assert.Contains(Ring, changed);
        Assert.Contains("StationHost.NextStep", changed);
        Assert.DoesNotContain("StationHost.SendVote", changed);
        Assert.DoesNotContain("TellerHost.SendTally", changed);
    }

    [Theory]
    [InlineData("term", "applicationProofDemo.dfy")]
    [InlineData("single-decree", "applicationProofDemo.dfy")]
    [InlineData("ballot", "safetyProofAutogen.dfy")]
    public void AnEditOfTheProofLeavesFourFifthsAsTheyWere(string name, string proof)
    {
        using var copy = new WholeModel(name);
        var before = copy.Keys();
        copy.Edit(proof, "reveal_ValidHistory();", "reveal_ValidHistory();\n    assert v.WF(c);");
        var after = copy.Keys();
        var changed = after.Where(k => before[k.Key] != k.Value).Select(k => k.Key.File).Distinct().ToList();
        Assert.Equal([proof], changed);
        // Changed declarations are verified with the rest of their file, or alone when they are few.
        var again = after.Count(k => k.Key.File == proof);
        Assert.True(again * 5 <= after.Count, $"{again} of {after.Count} would be verified again");
    }

    [Fact]
    public void ARunAfterAnEditOfTheProofVerifiesAFifthAtMost()
    {
        using var copy = new WholeModel("term");
        copy.TakeVerdict();
        var before = copy.Run();
        copy.Edit("applicationProofDemo.dfy", "reveal_ValidHistory();", "reveal_ValidHistory();\n    assert v.WF(c);");
        var after = copy.Run();
        Assert.Equal("proved", before.Verdict);
        Assert.Equal("proved", after.Verdict);
        Assert.Equal(before.Declared, after.Declared);
        Assert.InRange(after.Cached, after.Declared * 4 / 5, after.Declared - 1);
    }

    [Fact]
    public void OtherToolsMeanOtherKeys()
    {
        using var copy = new ProtocolCopy();
        var program = FrontEnd.Load([copy.Hosts]);
        var one = new ProofKeys(program, "dafny 1").All().First(k => k.Symbol == Ring).Key;
        var two = new ProofKeys(program, "dafny 2").All().First(k => k.Symbol == Ring).Key;
        Assert.NotEqual(one, two);
    }

    [Fact]
    public void TheFileKeepsWhatIsProvedAndForgetsWhatIsGone()
    {
        var path = Path.Combine(Path.GetTempPath(), $"verdict {Guid.NewGuid():N}.json");
        try
        {
            var cache = ProofCache.Open(path);
            cache.Keep("a.dfy", "M.One", "k1", 7);
            cache.Keep("a.dfy", "M.Two", "k2", 8);
            cache.Save([("a.dfy", "M.One")]);
            var again = ProofCache.Open(path);
            Assert.Equal(7, again.Find("a.dfy", "M.One", "k1"));
            Assert.Null(again.Find("a.dfy", "M.One", "k9"));
            Assert.Null(again.Find("a.dfy", "M.Two", "k2"));
            File.WriteAllText(path, "{ \"proved\": [");
            Assert.Null(ProofCache.Open(path).Find("a.dfy", "M.One", "k1"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Change(ProtocolCopy copy, string before, string after)
    {
        var text = File.ReadAllText(copy.Hosts);
        Assert.Contains(before, text, StringComparison.Ordinal);
        File.WriteAllText(copy.Hosts, text.Replace(before, after, StringComparison.Ordinal));
    }

    private static SortedDictionary<string, string> Keys(ProtocolCopy copy)
    {
        var keys = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (_, symbol, key) in new ProofKeys(FrontEnd.Load([copy.Hosts]), "tools").All())
        {
            keys[symbol] = key;
        }

        return keys;
    }

    private sealed class WholeModel : IDisposable
    {
        private readonly string root = Directory.CreateTempSubdirectory("outrider-cache").FullName;
        private readonly string home;

        public WholeModel(string name)
        {
            home = Path.Combine(root, name);
            foreach (var part in new[] { name, "lib" })
            {
                Directory.CreateDirectory(Path.Combine(root, part));
                foreach (var file in Directory.GetFiles(Models.PathOf(part), "*.dfy"))
                {
                    File.Copy(file, Path.Combine(root, part, Path.GetFileName(file)), true);
                }
            }

            Assert.Equal(0, Commands.Run(["gen", home, "--profile", "readable"], TextWriter.Null, TextWriter.Null));
        }

        public void Edit(string file, string before, string after)
        {
            var path = Path.Combine(home, file);
            var text = File.ReadAllText(path);
            var at = text.IndexOf(before, StringComparison.Ordinal);
            Assert.True(at >= 0);
            File.WriteAllText(path, text[..at] + after + text[(at + before.Length)..]);
        }

        public Dictionary<(string File, string Symbol), string> Keys() =>
            new ProofKeys(FrontEnd.Load(Directory.GetFiles(home, "*.dfy").Order(StringComparer.Ordinal).ToArray()), "")
                .All().ToDictionary(k => (Path.GetFileName(k.File), k.Symbol), k => k.Key);

        /// <summary>What is known of the model spares the first run most of its work.</summary>
        public void TakeVerdict() => File.Copy(
            Path.Combine(Models.PathOf(Path.GetFileName(home)), "verdict.json"), Path.Combine(home, "verdict.json"));

        public (string? Verdict, int Declared, int Cached) Run()
        {
            using var output = new StringWriter();
            Commands.Run(["run", home, "--json"], output, TextWriter.Null);
            using var json = JsonDocument.Parse(output.ToString());
            var told = json.RootElement;
            return (
                told.GetProperty("verdict").GetString(), told.GetProperty("declarationCount").GetInt32(),
                told.GetProperty("cachedCount").GetInt32());
        }

        public void Dispose() => Directory.Delete(root, true);
    }
}
