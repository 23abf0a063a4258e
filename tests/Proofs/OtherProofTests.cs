using Outrider.Proofs.Mutate;

namespace Outrider.Tests.Proofs;

/// <summary>Mutants that are safe for another reason than their protocol's, and what proves it.</summary>
[Collection("models")]
public sealed class OtherProofTests
{
    [Theory]
    [InlineData("ballot", "wrong field", "voter", "candidate", "ownSupporter.dfy")]
    // Only who did not stand may lead, and nobody votes for those: nobody leads.
    [InlineData("term", "equality negated", " == ", " != ", "nobodyLeads.dfy")]
    // Votes twice: no proof may hold.
    [InlineData("ballot", "guard dropped", "v.choice.WONone?", "true", null)]
    public void A_proof_of_another_kind_covers_the_mutant_it_was_written_for(
        string name, string faultClass, string old, string now, string? proof)
    {
        var protocol = Models.Load(name);
        var fault = new Mutator(protocol).All().Last(m => m.Class == faultClass && m.Old == old && m.New == now);
        using var copy = new MutantCopy(Models.PathOf(name), protocol.Program);
        copy.Write(fault);
        Assert.Equal(proof, MutantProof.OtherFound(copy.Directory));
    }
}
