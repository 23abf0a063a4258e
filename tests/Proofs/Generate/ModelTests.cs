using Outrider.Proofs.Ir;

namespace Outrider.Tests.Proofs.Generate;

/// <summary>What is read out of a protocol: kinds of transitions, footprints, messages, atoms.</summary>
public sealed class ModelTests
{
    [Fact]
    public void TransitionsAreClassifiedByWhatTheyDo()
    {
        using var copy = new ProtocolCopy();
        var station = copy.Read().Hosts[0];
        Assert.Equal(
            [
                "NextStartStep Local", "ReceiveTokenSendToken ReceiveSend", "SendVote Send", "RestStep Local",
            ],
            station.Transitions.Select(t => $"{t.Name} {t.Kind}"));
        // The guard that names the variant stands in a helper.
        Assert.Equal(["Token"], station.Transition("ReceiveTokenSendToken")!.MessagesIn);
        Assert.Equal(["Token"], station.Transition("ReceiveTokenSendToken")!.MessagesOut);
    }

    [Fact]
    public void NestedUpdatesWriteOnlyWhatTheyName()
    {
        using var copy = new ProtocolCopy();
        var station = copy.Read().Hosts[0];
        Assert.Equal(["inner.cargo"], station.Transition("NextStartStep")!.Writes.Select(w => w.Name));
        Assert.Equal(["inner.rounds"], station.Transition("ReceiveTokenSendToken")!.Writes.Select(w => w.Name));
    }

    [Fact]
    public void FieldsWithTheSameWritersAreOneAtom()
    {
        using var copy = new ProtocolCopy();
        var model = copy.Read();
        Assert.Equal(
            ["inner.cargo|NextStartStep", "inner.rounds|ReceiveTokenSendToken", "voted|SendVoteRestStep"],
            Atom.Of(model.Hosts[0]).Select(Describe));
        Assert.Equal(
            ["log.seen,log.top|ReceiveVote", "said,latest|SendTally"],
            Atom.Of(model.Hosts[1]).Select(Describe));
    }

    [Fact]
    public void EveryMessageHasItsSender()
    {
        using var copy = new ProtocolCopy();
        Assert.Equal(
            ["Token ReceiveTokenSendToken", "Vote SendVote", "Tally SendTally"],
            copy.Read().Messages.Variants.Select(v => $"{v.Name} {v.Sender?.Name}"));
    }

    private static string Describe(Atom atom) =>
        string.Join(",", atom.Fields.Select(f => f.Name)) + "|" + string.Concat(atom.Writers.Select(w => w.Name));
}
