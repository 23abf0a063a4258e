using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;

namespace Outrider.Tests.Proofs.Generate;

/// <summary>A broken convention is told with the file and the line where it is broken.</summary>
public sealed class DiagnosticTests
{
    [Fact]
    public void TheInputItselfIsSound()
    {
        using var copy = new ProtocolCopy();
        Assert.DoesNotContain(copy.Read().Diagnostics, d => d.Severity == Severity.Error);
    }

    [Theory]
    [InlineData("ghost function Src()", "ghost function Source()", "words.dfy", "no Src()")]
    [InlineData("outMsg.Tally?", "outMsg.Vote?", "hosts.dfy", "two senders")]
    [InlineData("ghost predicate SatisfiesMonotonic", "ghost predicate Grows", "words.dfy", "SatisfiesMonotonic")]
    [InlineData("case RestStep => msgOps", "case RestStep msgOps", "hosts.dfy", "")]
    [InlineData("datatype MessageOps =", "datatype Ops = Ops datatype MessageOps2 =", "hosts.dfy", "")]
    public void ErrorsNameTheirPlace(string before, string after, string file, string message)
    {
        using var copy = new ProtocolCopy(t => t.Replace(before, after, StringComparison.Ordinal));
        var errors = copy.Read().Diagnostics.Where(d => d.Severity == Severity.Error).ToList();
        Assert.Contains(errors, e => Path.GetFileName(e.At.File) == file && e.At.Line > 0
            && e.Message.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void AStateThatIsNoUpdateIsReported()
    {
        using var copy = new ProtocolCopy(t => t.Replace(
            "&& v' == v.(voted := true)", "&& v' == [v][0]", StringComparison.Ordinal));
        var model = copy.Read();
        var warning = Assert.Single(
            model.Diagnostics, d => d.Message.Contains("not written as an update", StringComparison.Ordinal));
        Assert.Equal("hosts.dfy", Path.GetFileName(warning.At.File));
        var vote = model.Hosts[0].Transition("SendVote");
        Assert.Equal(["inner", "voted"], vote!.Writes.Select(w => w.Path[0]).Distinct());
    }

    [Fact]
    public void AMissingFileIsAnError()
    {
        var program = FrontEnd.Load([Path.Combine(Path.GetTempPath(), "there is no such file.dfy")]);
        Assert.False(program.Ok);
        Assert.Contains(program.Diagnostics, d => d.Message.Contains("does not exist", StringComparison.Ordinal));
    }
}
