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
}
