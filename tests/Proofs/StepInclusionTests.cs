using Outrider.Proofs.Ir;
using Outrider.Proofs.Mutate;
using Outrider.Proofs.Verify;

namespace Outrider.Tests.Proofs;

/// <summary>What Dafny says of single faults without any search or proof.</summary>
[Collection("models")]
public sealed class StepInclusionTests
{
    private const string Turned = "comparison turned round";
    private const string Dropped = "guard dropped";

    [Theory]
    // Epochs only grow from zero: a step that waits for a lower one is never taken.
    [InlineData("lease", Turned, " < ", (int)Inclusion.Included)]
    // Without its guard the step takes the value of a choice that was not made.
    [InlineData("ballot", Dropped, "v.choice.WOSome?", (int)Inclusion.Meaningless)]
    // A second vote is a step that the protocol does not have.
    [InlineData("ballot", Dropped, "v.choice.WONone?", (int)Inclusion.Unknown)]
    public void A_fault_is_seen_against_the_protocol_it_was_made_from(
        string name, string faultClass, string old, int wanted)
    {
        var protocol = Models.Load(name);
        var fault = new Mutator(protocol).All().First(m => m.Class == faultClass && m.Old == old);
        using var copy = new MutantCopy(Models.PathOf(name), protocol.Program);
        var said = StepInclusion.Ask(
            ModelReader.Read(protocol.Program), fault, copy.FolderOf(fault.File),
            new VerifyOptions { ResourceLimit = 20_000_000 });
        Assert.Equal((Inclusion)wanted, said);
    }
}
