using Outrider.Proofs.Generate;
using Outrider.Proofs.Ir;
using Outrider.Proofs.Verify;

namespace Outrider.Proofs.Chase;

/// <summary>
/// Attempts the safety proof: nothing at first, then causes followed one, two, three steps back. What Dafny accepts is
/// shortened until nothing more can be left out.
/// </summary>
internal sealed class Chaser(
    ProtocolModel model, string directory, string spec, VerifyOptions options, TextWriter progress,
    bool shorten = true)
{
    private const string AttemptFile = "chaseAutogen.dfy";
    private const int MaxDepth = 4;
    private const int MaxLevel = 12;
    private const long QuickLimit = 10_000_000;
    private readonly Vocabulary words = new(model);

    private int attempts;

    public IReadOnlyList<GoalProof> Run()
    {
        var proofs = Goal.Of(model, words).Select(g => new GoalProof(g, false, [])).ToArray();
        try
        {
            // A wrong attempt should fail soon, and a right one is seldom dear.
            Try(proofs, QuickLimit, [_ => [], g => Script(g, 0, SetRules.None), .. Ways(1)]);
            Try(proofs, QuickLimit, Ways(2));
            Try(
                proofs, options.ResourceLimit,
                [g => Script(g, 2, SetRules.All), g => Script(g, MaxDepth, SetRules.All)]);
            Try(proofs, QuickLimit, [.. Triggered(1), .. Triggered(2)]);

            for (var i = 0; i < proofs.Length; i++)
            {
                proofs[i] = proofs[i].Proved
                    ? proofs[i] with { Body = shorten ? Shrink(proofs[i]) : proofs[i].Body }
                    : proofs[i] with { Body = Script(proofs[i].Goal, 2, SetRules.All) };
            }
        }
        finally
        {
            File.Delete(Path.Combine(directory, AttemptFile));
        }

        return proofs;
    }

    private List<ProofNode> Script(Goal goal, int depth, SetRules rules, bool triggers = false) =>
        new ScriptBuilder(model, words, depth, rules, triggers).Build(goal);

    /// <summary>Texts that differ from those without triggers; of the others it is known that they fail.</summary>
    private IEnumerable<Func<Goal, IReadOnlyList<ProofNode>?>> Triggered(int depth) =>
        new[] { SetRules.None, SetRules.All }.Select(rules => (Func<Goal, IReadOnlyList<ProofNode>?>)(g =>
        {
            var text = Script(g, depth, rules, true);
            return ProofNode.Render(text, "") == ProofNode.Render(Script(g, depth, rules), "") ? null : text;
        }));

    private Func<Goal, IReadOnlyList<ProofNode>>[] Ways(int depth) =>
    [
        g => Script(g, depth, SetRules.None),
        g => Script(g, depth, SetRules.Some),
        g => Script(g, depth, SetRules.Full),
        g => Script(g, depth, SetRules.Shared),
    ];

    /// <summary>Tries all given ways for every open goal in one run, and keeps the first that succeeds.</summary>
    private void Try(GoalProof[] proofs, long limit, Func<Goal, IReadOnlyList<ProofNode>?>[] ways)
    {
        var candidates = new List<(int Goal, IReadOnlyList<ProofNode> Body)>();
        for (var i = 0; i < proofs.Length; i++)
        {
            if (!proofs[i].Proved)
            {
                // Where there are no sets the rules for them change nothing.
                var texts = ways.Select(w => w(proofs[i].Goal)).OfType<IReadOnlyList<ProofNode>>()
                    .DistinctBy(b => ProofNode.Render(b, ""));
                candidates.AddRange(texts.Select(b => (i, b)));
            }
        }

        var accepted = Accepted(candidates.Select(c => (proofs[c.Goal].Goal, c.Body)).ToList(), limit);
        for (var n = 0; n < candidates.Count; n++)
        {
            var (goal, body) = candidates[n];
            if (accepted[n] && !proofs[goal].Proved)
            {
                proofs[goal] = proofs[goal] with { Proved = true, Body = body };
                progress.WriteLine($"chase: {proofs[goal].Goal.Name} proved in {proofs[goal].LineCount} lines");
            }
        }
    }

    /// <summary>From the outside in: drops statements of a level singly, then as many together as it can.</summary>
    private IReadOnlyList<ProofNode> Shrink(GoalProof proof)
    {
        var body = proof.Body;
        for (var level = 0; level < MaxLevel; level++)
        {
            var nodes = Level(body, level).Where(n => !n.Kept).ToList();
            var single = nodes.Select(n => ProofNode.Without(body, Set([n]))).ToList();
            var ok = Accepted(proof.Goal, single);
            var spare = nodes.Where((_, i) => ok[i]).ToList();
            if (spare.Count == 1)
            {
                body = ProofNode.Without(body, Set(spare));
            }
            else if (spare.Count > 1)
            {
                var together = Enumerable.Range(1, spare.Count)
                    .Select(n => ProofNode.Without(body, Set(spare.Take(n)))).ToList();
                body = together[Math.Max(0, Accepted(proof.Goal, together).FindLastIndex(x => x))];
            }
        }

        if (ProofNode.CountLines(body) < proof.LineCount)
        {
            progress.WriteLine($"chase: {proof.Goal.Name} shortened to {ProofNode.CountLines(body)} lines");
        }

        return body;
    }

    private static IEnumerable<ProofNode> Level(IEnumerable<ProofNode> nodes, int level) =>
        level == 0 ? nodes : nodes.SelectMany(n => Level(n.Inside, level - 1));

    private List<bool> Accepted(Goal goal, IReadOnlyList<IReadOnlyList<ProofNode>> bodies) =>
        Accepted(bodies.Select(b => (goal, b)).ToList(), options.ResourceLimit);

    private static HashSet<ProofNode> Set(IEnumerable<ProofNode> nodes) =>
        new(nodes, ReferenceEqualityComparer.Instance);

    private List<bool> Accepted(IReadOnlyList<(Goal Goal, IReadOnlyList<ProofNode> Body)> candidates, long limit)
    {
        if (candidates.Count == 0)
        {
            return [];
        }

        var tries = candidates.Select((c, i) => LemmaText.Write($"Try{i}x", c.Goal, c.Body)).ToList();
        var parts = tries.Prepend(Library.Text).Concat(FieldCause.Named(words, tries));
        File.WriteAllText(
            Path.Combine(directory, AttemptFile), new ProofSkeleton(words).Write(spec, "", parts));
        attempts++;
        progress.WriteLine($"chase: attempt {attempts}, {candidates.Count} candidates");
        var dafny = new DafnyProcess(directory, options with { ResourceLimit = limit });
        var result = dafny.Run([AttemptFile], ".Try", 0, _ => { });
        if (result.Tasks.Count == 0 && candidates.Count > 1)
        {
            // Text that does not resolve spoils its neighbours: one at a time then.
            return candidates.SelectMany(c => Accepted([c], limit)).ToList();
        }

        var bad = result.Tasks.Where(t => t.Outcome != ObligationOutcome.Correct)
            .Select(t => t.Symbol).ToHashSet(StringComparer.Ordinal);
        var seen = result.Tasks.Select(t => t.Symbol).ToHashSet(StringComparer.Ordinal);
        return candidates.Select((_, i) => $"{ProofSkeleton.Module}.Try{i}x")
            .Select(s => seen.Contains(s) && !bad.Contains(s)).ToList();
    }
}
