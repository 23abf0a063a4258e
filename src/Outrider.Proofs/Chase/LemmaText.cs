namespace Outrider.Proofs.Chase;

/// <summary>A goal with its proof as a lemma of the safety proof.</summary>
internal static class LemmaText
{
    public static string Write(string name, Goal goal, IReadOnlyList<ProofNode> body) => $$"""
          lemma {{name}}(c: Constants, v: Variables)
            requires RegularInvs(c, v)
            ensures {{goal.Ensures}}
          {
        {{ProofNode.Render(body, "    ")}}  }

        """;
}
