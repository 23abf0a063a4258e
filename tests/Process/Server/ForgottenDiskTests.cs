using Outrider.Client;
using Outrider.Runtime;
using Outrider.Server.Embedding;

namespace Outrider.Tests.Process.Server;

/// <summary>
/// A node that comes back without what it had promised is turned away: its directory was emptied, or put back from an
/// older copy.
/// </summary>
public sealed class ForgottenDiskTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, "is not its last one")]
    [InlineData(true, "is an older copy of its last one")]
    public async Task A_node_without_its_own_disk_is_turned_away_and_with_it_goes_on(bool copied, string reason)
    {
        using var scratch = new ScratchDirectory();
        await using var server = await OutriderServer.StartAsync(OneRegion.In(scratch), Stop);
        await using var client = await OutriderClient.ConnectAsync(server.Endpoints, cancellation: Stop);
        (await client.AppendAsync("key", "before"u8.ToArray(), cancellation: Stop)).Require();
        var (own, older) = (Path.Combine(scratch.Path, "data", "nodes", "eu-2", "journal"), scratch.Sub("older"));
        await server.KillNodeAsync("eu-2");
        if (copied) Copy(own, older);
        else Directory.CreateDirectory(older);
        await server.RestartNodeAsync("eu-2");
        await server.KillNodeAsync("eu-2");
        Exchange(own, older);
        // Each try makes its number of lives grow: that must not let it in.
        for (var i = 0; i < 4; i++)
        {
            var refused = await Assert.ThrowsAsync<NodeOpenException>(() => server.RestartNodeAsync("eu-2"));
            Assert.Contains(i == 0 ? reason : "is not its last one", refused.Message, StringComparison.Ordinal);
            Assert.Contains("outrider node remove eu-2", refused.Message, StringComparison.Ordinal);
        }

        Exchange(own, older);
        await server.RestartNodeAsync("eu-2");
        (await client.AppendAsync("key", "after"u8.ToArray(), cancellation: Stop)).Require();
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private static void Exchange(string one, string other)
    {
        Directory.Move(one, one + ".moved");
        Directory.Move(other, one);
        Directory.Move(one + ".moved", other);
    }
}
