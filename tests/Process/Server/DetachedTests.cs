extern alias cli;
using Detached = cli::Outrider.Cli.Cluster.Detached;

namespace Outrider.Tests.Process.Server;

/// <summary>What <c>up --detach</c> reads of the log of its child.</summary>
public sealed class DetachedTests
{
    [Fact]
    public void A_ready_line_counts_only_when_all_of_it_is_written()
    {
        using var scratch = new ScratchDirectory();
        var log = scratch.Sub("up.log");
        Assert.Null(Detached.ReadyLine(log));
        const string Line = "{\"ready\":true,\"resp\":\"127.0.0.1:1\"}";
        for (var cut = 1; cut <= Line.Length; cut++)
        {
            File.WriteAllText(log, "starting\n" + Line[..cut]);
            Assert.Null(Detached.ReadyLine(log));
        }

        File.AppendAllText(log, "\n");
        Assert.Equal(Line, Detached.ReadyLine(log));
    }
}
