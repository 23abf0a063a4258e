using Outrider.Core.Tracing;
using Outrider.Proofs;
using Outrider.Proofs.Trace;
using V = Outrider.Core.Tracing.TraceValue;

namespace Outrider.Tests.Proofs;

[Collection("models")]
public sealed class TraceTests
{
    private static readonly V Seal = V.Of("Seal", ("term", V.Number(1)));

    [Fact]
    public void A_term_that_opens_is_accepted()
    {
        var verdict = Check(Opening());
        Assert.True(verdict.Accepted, verdict.Reason);
        Assert.Equal(20, verdict.Steps);
    }

    [Fact]
    public void A_commit_without_acknowledgement_is_refused_where_it_happens()
    {
        var lines = Opening().Where(l => !l.Contains("Ack", StringComparison.Ordinal)).ToList();
        var verdict = Check(lines);
        Assert.False(verdict.Accepted);
        Assert.Equal(lines.Count, verdict.Line);
    }

    [Fact]
    public void A_message_that_nobody_sent_is_refused()
    {
        var verdict = Check(Opening().Where(l => !l.Contains("\"send\":[{\"Append\"", StringComparison.Ordinal)));
        Assert.False(verdict.Accepted);
        Assert.Contains("which nobody had sent", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_that_the_model_does_not_have_is_named_by_its_field()
    {
        var lines = Opening();
        var at = lines.FindIndex(l => l.Contains("\"recv\":{\"Append\"", StringComparison.Ordinal));
        lines[at] = lines[at].Replace("\"Seal\"", "\"Record\"", StringComparison.Ordinal);
        var verdict = Check(lines);
        Assert.False(verdict.Accepted);
        Assert.Equal(at + 1, verdict.Line);
        Assert.Contains("stream", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_promise_that_goes_back_is_refused()
    {
        var lines = Opening();
        lines.Add("""{"seq":21,"kind":"nodes","idx":1,"step":"Restart","state":{"promised":0}}""");
        Assert.Equal(lines.Count, Check(lines).Line);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_restart_may_lose_what_was_not_on_disk_and_nothing_else(bool synced, bool accepted)
    {
        var lines = Opening();
        var stored = lines.FindIndex(l => l.Contains("\"Store\"", StringComparison.Ordinal));
        lines.RemoveRange(stored + (synced ? 2 : 1), lines.Count - stored - (synced ? 2 : 1));
        lines.Add("""{"seq":17,"kind":"nodes","idx":1,"step":"Restart","state":{"promised":1,"stream":[]}}""");
        Assert.Equal(accepted, Check(lines).Accepted);
    }

    [Fact]
    public void A_file_that_is_no_trace_is_refused_with_its_line()
    {
        var error = Assert.Throws<UsageException>(() => Check(["{\"hello\":1}"]));
        Assert.Contains("line 1", error.Message, StringComparison.Ordinal);
    }

    private static TraceVerdict Check(IEnumerable<string> lines) =>
        new TraceChecker(Models.Load("sealed-stream")).Check(lines);

    private static List<string> Opening()
    {
        var lines = new List<string>();
        var trace = new ModelTrace(lines.Add);
        trace.Begin("sealed-stream", [("registers", 1), ("nodes", 2)]);
        var term = ("term", V.Number(1));
        var first = V.Fields(("length", V.Number(1)), ("last", Seal));
        trace.Step("registers", 0, "Propose", null, V.Of(
            "Appoint", term, ("leader", V.Number(0)), ("members", V.List(V.Number(0), V.Number(1)))));
        trace.Step("nodes", 0, "Close", V.Of("Appoint", term), null, ("promised", V.Number(1)));
        trace.Step("nodes", 0, "Sync", null, null);
        trace.Step("nodes", 0, "Speak", null, V.Of("Close", term));
        trace.Step("nodes", 1, "Answer", V.Of("Close", term), null);
        trace.Step("nodes", 1, "Sync", null, null);
        trace.Step("nodes", 1, "Speak", null, V.Of("Tail", ("stream", V.List())));
        trace.Step("nodes", 0, "Gather", V.Of("Tail", ("holder", V.Number(1))), null);
        trace.Step("nodes", 0, "Choose", null, null);
        trace.Step("nodes", 0, "Activate", null, V.Of("Activate", term));
        trace.Step("registers", 0, "Activate", V.Of("Activate", term), V.Of("Activated", term));
        trace.Step("nodes", 0, "Lead", V.Of("Activated", term), null);
        trace.Step("nodes", 0, "Seal", null, null, ("stream", V.List(Seal)));
        trace.Step("nodes", 0, "Replicate", null, V.Of("Append", term, ("prev", V.Number(0)), ("stream", first)));
        trace.Step("nodes", 1, "Store", V.Of("Append", term), null, ("stream", V.List(Seal)));
        trace.Step("nodes", 1, "Sync", null, null);
        trace.Step("nodes", 1, "Ack", null, V.Of("Ack", ("length", V.Number(1))));
        trace.Step("nodes", 0, "Count", V.Of("Ack", ("length", V.Number(1))), null);
        trace.Step("nodes", 0, "Sync", null, null);
        trace.Step("nodes", 0, "Commit", null, null, ("decided", V.List(V.List(V.Number(1), first))));
        return lines;
    }
}
