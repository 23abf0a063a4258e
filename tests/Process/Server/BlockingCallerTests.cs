using Outrider.Client;
using Outrider.Runtime;
using Outrider.Server.Embedding;

namespace Outrider.Tests.Process.Server;

/// <summary>
/// A caller of the embedding API may block the thread on which its answer reached it: that thread must not owe other
/// clients anything by then.
/// </summary>
public sealed class BlockingCallerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Callers_that_block_where_their_answer_came_hold_up_no_client()
    {
        using var scratch = new ScratchDirectory();
        await using var server = await OutriderServer.StartAsync(OneRegion.In(scratch), Stop);
        await using var client = await OutriderClient.ConnectAsync(server.Endpoints, cancellation: Stop);
        using var over = new CancellationTokenSource();
        var load = Enumerable.Range(0, 16).Select(number => AppendUntil(client, number, over.Token)).ToArray();
        using var gate = new ManualResetEventSlim();
        var blocked = new List<Task<bool>>();
        for (var i = 0; i < 8; i++)
        {
            var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            blocked.Add(BlockAfter(server, asked, gate));
            await asked.Task.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        }

        for (var i = 0; i < 200; i++)
            (await client.AppendAsync($"key{i}", "payload"u8.ToArray(), cancellation: Stop)
                .WaitAsync(TimeSpan.FromSeconds(30), Stop)).Require();
        gate.Set();
        Assert.All(await Task.WhenAll(blocked), Assert.True);
        await over.CancelAsync();
        await Task.WhenAll(load);
    }

    /// <summary>Whether the thread on which the answer came owed nothing; blocks it.</summary>
    private static async Task<bool> BlockAfter(
        OutriderServer server, TaskCompletionSource asked, ManualResetEventSlim gate)
    {
        await server.LogStatusAsync(Stop).ConfigureAwait(false);
        var owesNothing = Cork.Current is null;
        asked.TrySetResult();
        gate.Wait(Stop);
        return owesNothing;
    }

    private static async Task AppendUntil(OutriderClient client, int number, CancellationToken over)
    {
        try
        {
            while (!over.IsCancellationRequested)
                await client.AppendAsync($"load{number}", new byte[1024], cancellation: over).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
