namespace Outrider.Proofs.Chase;

/// <summary>What became of one goal: its shortest proof found, or the attempt to continue by hand.</summary>
internal sealed record GoalProof(Goal Goal, bool Proved, IReadOnlyList<ProofNode> Body)
{
    public int LineCount => ProofNode.CountLines(Body);
}
