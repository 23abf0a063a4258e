using Outrider.Proofs.Generate;

namespace Outrider.Tests.Proofs.Generate;

/// <summary>
/// The generated text, byte for byte. OUTRIDER_GOLDEN=tests/Proofs/golden writes the files anew.
/// </summary>
public sealed class GoldenTests
{
    [Fact]
    public void TheTextIsTheSameEveryTimeAndAsKept()
    {
        using var copy = new ProtocolCopy();
        var model = copy.Read();
        Assert.True(model.Usable, string.Join("\n", model.Diagnostics));
        var first = Generator.Invariants(model, "spec.dfy");
        var second = Generator.Invariants(copy.Read(), "spec.dfy");
        Assert.Equal(first.Select(f => f.Text), second.Select(f => f.Text));
        foreach (var file in first)
        {
            if (Environment.GetEnvironmentVariable("OUTRIDER_GOLDEN") is { Length: > 0 } kept)
            {
                File.WriteAllText(Path.Combine(kept, file.Name), file.Text);
            }

            Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "golden", file.Name)), file.Text);
        }
    }

    [Fact]
    public void NamesPublishedProofsRelyOnAreThere()
    {
        using var copy = new ProtocolCopy();
        var text = string.Concat(Generator.Invariants(copy.Read(), "spec.dfy").Select(f => f.Text));
        string[] names =
        [
            "ghost predicate ValidMessages(c: Constants, v: Variables)",
            "ghost predicate {:opaque} ExistingMessage(v: Variables, msg: Message)",
            "ghost predicate SendTokenValidity(c: Constants, v: Variables)",
            "ghost predicate SendTokenValidityBody(c: Constants, v: Variables, msg: Message)",
            "lemma SendVoteSkolemization(c: Constants, v: Variables, msg: Message) returns (i: nat)",
            "lemma SendTokenSkolemization(c: Constants, v: Variables, msg: Message) returns (i: nat, inMsg: Message)",
            "ghost predicate {:opaque} StationHostReceiveValidity(c: Constants, v: Variables)",
            "ghost predicate {:opaque} StationHostReceiveValidityPost(c: Constants, v: Variables, i: nat, idx: int)",
            "lemma TellerHostReceiveSkolemization(c: Constants, v: Variables, i: nat, idx: int) returns "
                + "(j: nat, step: TellerHost.Step, msgOps: MessageOps)",
            "ghost predicate MessageInv(c: Constants, v: Variables)",
            "lemma InitImpliesMessageInv(c: Constants, v: Variables)",
            "lemma MessageInvInductive(c: Constants, v: Variables, v': Variables)",
            "ghost predicate TellerHostLogMonotonic(c: Constants, v: Variables)",
            "ghost predicate MonotonicityInv(c: Constants, v: Variables)",
            "lemma MonotonicityInvInductive(c: Constants, v: Variables, v': Variables)",
            "ghost predicate ReceiveVoteWitnessCondition(",
            "lemma ReceiveVoteStepSkolemization(",
        ];
        foreach (var name in names)
        {
            Assert.Contains(name, text, StringComparison.Ordinal);
        }
    }
}
