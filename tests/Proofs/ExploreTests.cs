using Outrider.Proofs.Eval;
using Outrider.Proofs.Explain;
using Outrider.Proofs.Explore;
using Outrider.Tests.Proofs.Generate;

namespace Outrider.Tests.Proofs;

[Collection("models")]
public sealed class ExploreTests
{
    [Theory]
    [InlineData("broken-echo", 3, "servers=1,clients=2")]
    [InlineData("broken-baton", 5, "runners=2")]
    [InlineData("broken-ballot", 10, "candidates=2,voters=2")]
    [InlineData("broken-commit", 1, "coordinator=1,participants=1")]
    [InlineData("broken-lease", 5, "servers=1,clients=1")]
    [InlineData("broken-single-decree", 14, "proposers=2,acceptors=1,learners=2")]
    [InlineData("broken-term", 9, "nodes=2")]
    [InlineData("broken-sealed-stream", 13, "registers=1,nodes=1")]
    [InlineData("broken-fix-ante", 3, "orderers=1,shards=1,readers=1")]
    public void A_broken_twin_is_refuted_by_a_shortest_run(string model, int steps, string sizes)
    {
        var findings = Models.Explore(model, 100_000, Parse(sizes));
        Assert.Equal("Obligations.Safety", findings.Violation?.Predicate);
        Assert.Equal(steps, findings.Violation!.Run.Length);
    }

    [Theory]
    [InlineData("commit", 208, "coordinator=1,participants=3")]
    [InlineData("ballot", 76, "candidates=2,voters=3")]
    [InlineData("single-decree", 1250, "proposers=2,acceptors=2,learners=2")]
    public void A_model_without_fault_is_searched_completely(string model, int states, string sizes)
    {
        var findings = Models.Explore(model, 20_000, Parse(sizes));
        Assert.Null(findings.Violation);
        Assert.True(findings.Searches[0].Exhausted);
        Assert.Equal(states, findings.States);
    }

    [Theory]
    [InlineData("echo", "servers=1,clients=2")]
    [InlineData("baton", "runners=2")]
    [InlineData("ballot", "candidates=2,voters=3")]
    [InlineData("commit", "coordinator=1,participants=1")]
    [InlineData("lease", "servers=1,clients=2")]
    [InlineData("single-decree", "proposers=2,acceptors=1,learners=1")]
    [InlineData("fix-ante", "orderers=1,shards=1,readers=1")]
    public void Every_goal_is_reached(string model, string sizes) =>
        Assert.Empty(Models.Explore(model, 12_000, Parse(sizes)).GoalsMissed);

    [Fact]
    public void Symmetry_hides_no_outcome()
    {
        var with = Models.Explore("commit", 20_000, ("coordinator", 1), ("participants", 3));
        var without = new Explorer(Models.Load("commit"), new ExploreOptions
        {
            Sizes = new SortedDictionary<string, int> { ["coordinator"] = 1, ["participants"] = 3 },
            UseSymmetry = false,
            RandomRuns = 0,
            MaxSeconds = 600,
        }).Run();
        Assert.Contains("participants", with.Searches[0].Symmetries);
        Assert.True(with.States < without.States);
        Assert.Equal(
            with.Goals.Select(g => (g.Key, g.Value?.Length)), without.Goals.Select(g => (g.Key, g.Value?.Length)));
    }

    [Fact]
    public void A_run_survives_its_file()
    {
        var protocol = Models.Load("broken-baton");
        var run = Models.Explore("broken-baton", 1_000, ("runners", 2)).Violation!.Run;
        var read = RunFile.Read(protocol, RunFile.Write(protocol, run));
        Assert.Equal(run.States, read.States);
    }

    internal static (string, int)[] Parse(string sizes) =>
        [.. sizes.Split(',').Select(s => s.Split('=')).Select(p => (p[0], int.Parse(p[1])))];

    [Fact]
    public void A_state_that_is_well_formed_of_the_numbers_so_far_breaks_no_invariant()
    {
        using var copy = new OddCopy("key vault");
        Edit("messages.dfy", "type UniqueKey(==, !new)", "type UniqueKey = int");
        Edit("hosts.dfy", "ghost predicate WF(c: Constants) {\n      true",
            "ghost predicate WF(c: Constants) {\n      forall k: UniqueKey :: k in seen");
        Edit("hosts.dfy", "&& v.seen == map[]", "&& (forall k: UniqueKey | k in v.seen :: v.seen[k] == 0)");
        Assert.Equal(0, copy.Prove("gen", copy.Home).Code);
        var findings = new Explorer(
            ProtocolLoader.Load(copy.Home, new Limits()),
            new ExploreOptions { MaxStates = 300, MaxSize = 2, MaxSeconds = 600, RandomRuns = 0 }).Run();
        Assert.Contains(findings.Checked, c => c == "MessageInvariants.MessageInv");
        Assert.True(findings.States > 2);
        Assert.Null(findings.Violation);

        void Edit(string file, string before, string after)
        {
            var path = Path.Combine(copy.Home, file);
            var text = File.ReadAllText(path);
            Assert.Contains(before, text, StringComparison.Ordinal);
            File.WriteAllText(path, text.Replace(before, after, StringComparison.Ordinal));
        }
    }
}
