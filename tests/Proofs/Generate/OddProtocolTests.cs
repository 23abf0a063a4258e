using Outrider.Proofs.Syntax;

namespace Outrider.Tests.Proofs.Generate;

/// <summary>
/// Protocols of unlike shapes: maps of sets and of maps, multisets, sets of messages, tuples, opaque guards, rings,
/// quorum systems, keys, hints, libraries elsewhere, states of several constructors, hosts
/// whose constants have another name than their states. What is generated for each resolves, nothing refutes it, and a
/// fault is found.
/// </summary>
public sealed class OddProtocolTests
{
    [Theory]
    [InlineData("ring of ranks", "ReceiveClaimStepSkolemization", "else other + 1 == c.id", "else other == c.id")]
    [InlineData("key vault", "OwnershipInv", "map k | k in v.held && k != outMsg.key :: v.held[k]", "v.held")]
    [InlineData("paper trail", "ReceiveReceiptStepSkolemization",
        "&& inMsg.clerk == c.id\n    && v' == v.(filed", "&& v' == v.(filed")]
    [InlineData("opaque boxes", "ReceiveShipStepSkolemization", "box.colour != Blue", "box.colour != Red")]
    [InlineData("three ranks", "ReceiveRulingStepSkolemization", "q <= At(", "q != At(")]
    [InlineData("hinted epochs", "Custom1SendBumpReceiveBumpSendGrantReceiveGrantStepSkolemization",
        "v.(epoch := inMsg.epoch, friends := {})", "v.(epoch := inMsg.epoch)")]
    [InlineData("crown by quorums", "ReceiveBackStepSkolemization", "c.quorum <= |v", "0 <= |v")]
    [InlineData("three calls", "Custom1ReceiveAnswer1StepSkolemization",
        "|v.willing| == c.members", "0 <= |v.willing|")]
    [InlineData("ledger of slots", "ReceiveProposeSendKeptStepSkolemization",
        "|v.tally.votes[slot][entry]| == c.keepers", "0 < c.keepers")]
    [InlineData("work orders", "ReceiveOfferInWorkingStepSkolemization",
        "inMsg.task.owner == c.id", "inMsg.task.owner != c.id")]
    [InlineData("paid slips", "SendGiftSkolemization", "i in v.drawn.s", "i.number < 2")]
    [InlineData("crates", "OwnershipInv", "&& inMsg.Lend?\n    && inMsg.dst == c.id", "&& inMsg.Lend?")]
    public void IsReadGeneratedExploredAndRefutedWhenBroken(string name, string lemma, string sound, string broken)
    {
        using var copy = new OddCopy(name);
        var (code, errors) = copy.Prove("gen", copy.Home, "--profile", "readable");
        Assert.True(code == 0, errors);
        var files = Directory.GetFiles(copy.Home, "*.dfy", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).ToArray();
        var program = FrontEnd.Load(files);
        Assert.True(program.Ok, string.Join("\n", program.Diagnostics));
        Assert.Contains(program.Modules.SelectMany(m => m.Members), m => m.Name == lemma);
        Assert.Null(copy.Explore());

        var hosts = Assert.Single(Directory.GetFiles(copy.Home, "hosts.dfy", SearchOption.AllDirectories));
        var text = File.ReadAllText(hosts);
        Assert.Contains(sound, text, StringComparison.Ordinal);
        File.WriteAllText(hosts, text.Replace(sound, broken, StringComparison.Ordinal));
        Assert.NotNull(copy.Explore());
    }
}
