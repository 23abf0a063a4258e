using Outrider.Proofs;
using Outrider.Proofs.Chase;
using Outrider.Proofs.Generate;
using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;
using Outrider.Tests.Proofs.Generate;

namespace Outrider.Tests.Proofs;

/// <summary>Transitions that send, and take values their step chose beside states and messages.</summary>
public sealed class StepArgumentTests
{
    [Fact]
    public void WhatTheStepChoseIsAnsweredAndFollowed()
    {
        using var copy = new OddCopy("paid slips");
        var (code, errors) = copy.Prove("gen", copy.Home);
        Assert.True(code == 0, errors);
        var program = FrontEnd.Load(ProtocolDirectory.Open(copy.Home).Sources);
        var model = ModelReader.Read(program);
        var words = new Vocabulary(model);
        var attempt = ProofNode.Render(
            new ScriptBuilder(model, words, 4, SetRules.None, true).Build(Goal.Of(model, words)[0]), "");
        // From the gift paid to the slip its sender chose among those it had seen, and on to who asked for that one.
        Assert.Matches(
            @"var k(\d+), to_\1, slip_\1 := SendGiftSkolemization\(c, v, msgOps1\.recv\.value\);", attempt);
        Assert.Matches(
            @"ReceiveAskSendGrantStepSkolemization\(c, v, k(\d+), msgOps1\.recv\.value\.Src\(\), slip_\1\)", attempt);
        Assert.Contains("forall d: int, s: Papers.Slip {:trigger s in v.Last().desk[d].paid} |", attempt,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AStepThatSendsWithoutATransitionOfItsOwnIsAnsweredWhole()
    {
        using var copy = new OddCopy("paid slips");
        var hosts = Path.Combine(copy.Home, ProtocolDirectory.HostsFile);
        var text = File.ReadAllText(hosts);
        const string called = "case CloseStep(_) => SendClose(c, v, v', step, msgOps)";
        Assert.Contains(called, text, StringComparison.Ordinal);
        File.WriteAllText(hosts, text.Replace(called, """
            case CloseStep(why) =>
              && msgOps == MessageOps(None, Some(Close(c.id, why)))
              && v.closed == Unset
              && v' == v.(closed := Set(why))
            """, StringComparison.Ordinal));
        Assert.Equal(0, copy.Prove("gen", copy.Home).Code);
        var invariants = Path.Combine(copy.Home, "messageInvariantsAutogen.dfy");
        var lemma = Assert.Single(
            FrontEnd.Load([invariants]).Modules.SelectMany(m => m.Members), m => m.Name == "SendCloseSkolemization");
        Assert.Equal(["i", "step", "msgOps"], lemma.Outs.Select(o => o.Name));
    }

    [Fact]
    public void ACaseThatSendsIsFollowedByItsGuard()
    {
        using var copy = new OddCopy("paid slips");
        var hosts = Path.Combine(copy.Home, ProtocolDirectory.HostsFile);
        var text = File.ReadAllText(hosts);
        const string called = """
                    && msgOps.recv.None?
                    && msgOps.send.Some?
                    && SendAsk(c, v, v', Slip(c.id, n), msgOps.send.value)
            """;
        Assert.Contains(called, text, StringComparison.Ordinal);
        File.WriteAllText(hosts, text.Replace(called, """
                    && msgOps == MessageOps(None, Some(Ask(Slip(c.id, n))))
                    && Slip(c.id, n) in v.drawn.s
                    && v' == v
            """, StringComparison.Ordinal));
        Assert.Equal(0, copy.Prove("gen", copy.Home).Code);
        var model = ModelReader.Read(FrontEnd.Load(ProtocolDirectory.Open(copy.Home).Sources));
        var words = new Vocabulary(model);
        var attempt = ProofNode.Render(
            new ScriptBuilder(model, words, 6, SetRules.None).Build(Goal.Of(model, words)[0]), "");
        // Who asked had drawn the slip that its step names.
        Assert.Matches(@"var k(\d+), step\1, msgOps\1 := SendAskSkolemization\(", attempt);
        Assert.Matches(@"Slip\(c\.desk\[[^\]]*\]\.id, step(\d+)\.n\)", attempt);
    }

    [Fact]
    public void WhatIsGeneratedVerifies()
    {
        using var copy = new OddCopy("paid slips");
        Assert.Equal(0, copy.Prove("gen", copy.Home).Code);
        var (code, errors) = copy.Prove("verify", copy.Home, "--jobs", "1");
        Assert.True(code == 0, errors);
        var generated = File.ReadAllText(Path.Combine(copy.Home, "messageInvariantsAutogen.dfy"));
        foreach (var sent in new[] { "Ask", "Grant", "Gift", "Close" })
        {
            Assert.Contains($"Send{sent}CausedBy", generated, StringComparison.Ordinal);
        }
    }
}
