using Outrider.Proofs;
using Outrider.Proofs.Explain;
using Outrider.Proofs.Explore;

namespace Outrider.Tests.Proofs;

[Collection("models")]
public sealed class WhyTests
{
    [Fact]
    public void A_commit_goes_back_to_every_ballot_and_to_what_asked_for_it()
    {
        var chain = Explain("participant[0].decision == Commit");
        Assert.True(chain.Holds);
        var transitions = chain.Causes.Select(c => chain.Run.Steps[c.Step - 1].Transition).ToList();
        Assert.Equal(1, transitions.Count(t => t == "SendPrepare"));
        Assert.Equal(2, transitions.Count(t => t == "ReceivePrepareSendBallot"));
        Assert.Equal(2, transitions.Count(t => t == "ReceiveBallotYes"));
        Assert.Equal(1, transitions.Count(t => t == "SendVerdict"));
        Assert.Equal("ReceiveVerdict", transitions[^1]);
    }

    [Fact]
    public void The_picture_has_a_lane_for_each_host_and_an_arrow_for_each_message()
    {
        var chain = Explain("participant[0].decision == Commit");
        var svg = RunDiagram.Draw(Models.Load("commit"), chain.Run, chain.Steps, null);
        var picture = System.Xml.Linq.XDocument.Parse(svg);
        var texts = picture.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value).ToList();
        Assert.Contains("coordinator[0]", texts);
        Assert.Contains("participants[1]", texts);
        var arrows = picture.Descendants().Count(
            e => e.Name.LocalName == "path" && e.Attribute("marker-end") != null);
        Assert.Equal(chain.Run.Steps.Count(s => s.Received != null), arrows);
    }

    [Fact]
    public void A_fact_about_nothing_is_refused()
    {
        var error = Assert.Throws<UsageException>(() => Fact.Parse(Models.Load("commit"), "nobody[0].x == 1"));
        Assert.Contains("coordinator, participants", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("participants[0].decison == Commit", "no field 'decison'", "decision")]
    [InlineData("participants[9].decision == Commit", "no participants[9]", "--size participants=10")]
    public void What_cannot_hold_anywhere_is_told_without_a_search(string fact, string problem, string advice)
    {
        var error = Assert.Throws<UsageException>(() =>
            WhyCommand.Run([Models.PathOf("commit"), fact, "--seconds", "600"], TextWriter.Null));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.Message, StringComparison.Ordinal);
    }

    private static CausalChain Explain(string text)
    {
        var protocol = Models.Load("commit");
        var fact = Fact.Parse(protocol, text);
        var options = new ExploreOptions
        {
            Sizes = new SortedDictionary<string, int> { ["participants"] = 2 },
            MaxSeconds = 600,
        };
        var run = new RunFinder(protocol, options).Find(fact.HoldsIn);
        return new Why(protocol, run!).Explain(fact);
    }
}
