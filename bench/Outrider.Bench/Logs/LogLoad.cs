using System.Diagnostics;
using Outrider.Client;
using Outrider.Core;

namespace Outrider.Bench.Logs;

/// <summary>An open-loop load: records leave on time, whether or not earlier ones have been acknowledged.</summary>
/// <param name="RatePerSecond">Over all keys.</param>
/// <param name="ComputeMs">Slept by each consumer for each batch it takes.</param>
/// <param name="Shares">What part of the rate each key gets; null: all the same.</param>
internal sealed record LoadPlan(
    double RatePerSecond, int Bytes, double Seconds, double ComputeMs = 0, double WarmupSeconds = 0.3,
    IReadOnlyList<double>? Shares = null, bool Alone = true)
{
    /// <summary>Within the run, at this share of it, something is done to the cluster.</summary>
    public Func<LogServer, Task>? Midway { get; init; }
}

/// <summary>What one run measured; times in milliseconds from the append call on.</summary>
internal sealed record LoadSample(
    Quantiles Append, ConsumerSample Merged, ConsumerSample? Alone, double RecordsPerSecond, long Failed,
    double CpuMicrosPerRecord, double Cores, long Revoked, double HoleRatio, double IdleHoleRatio);

internal static class LogLoad
{
    private static readonly ClientOptions Wide = new() { InFlightMax = 8192 };

    public static async Task<LoadSample> RunAsync(LogServer server, LoadPlan plan)
    {
        var keys = server.Setup.Keys();
        await using var client = await OutriderClient.ConnectAsync(server.Endpoints, Wide);
        var total = (int)(plan.RatePerSecond * (plan.Seconds + plan.WarmupSeconds));
        var durability = server.Setup.Fsync ? Durability.FsyncQuorum : Durability.MemoryQuorum;
        var sent = new SentRecords(total, keys, plan) { Durability = durability };
        var speculative = server.Setup.System == "speculative";
        var from = (await client.TailAsync()).Require().Confirmed;
        using var over = new CancellationTokenSource();
        var merged = new Consumer(client, sent, plan.ComputeMs, speculative, from, key: null);
        var alone = plan.Alone ? new Consumer(client, sent, plan.ComputeMs, speculative, from, keys[0]) : null;
        merged.Start(over.Token);
        alone?.Start(over.Token);

        // Slots and holes count from the end of the warm-up on: quotas have found their measure by then.
        var warm = WarmAsync(server, plan);
        var cpu = server.ProcessorTime;
        var watch = Stopwatch.StartNew();
        var midway = plan.Midway is null ? Task.CompletedTask : MidwayAsync(server, plan);
        var failed = await SendAsync(client, sent, plan, keys);
        var before = await warm;
        await midway;
        await merged.FinishedAsync(TimeSpan.FromSeconds(20));
        if (alone is not null) await alone.FinishedAsync(TimeSpan.FromSeconds(20));
        var seconds = watch.Elapsed.TotalSeconds;
        var used = server.ProcessorTime - cpu;
        var after = await server.StatusAsync();
        await over.CancelAsync();
        await merged.StopAsync();
        if (alone is not null) await alone.StopAsync();

        var slots = after.Slots - before.Slots;
        return new LoadSample(
            sent.AppendQuantiles(), merged.Sample(), alone?.Sample(), sent.Acknowledged / seconds, failed,
            used.TotalMicroseconds / Math.Max(1, sent.Acknowledged), used.TotalSeconds / seconds,
            merged.Revoked, Share(after.Holes - before.Holes), Share(after.IdleHoles - before.IdleHoles));

        double Share(long holes) => slots == 0 ? 0 : (double)holes / slots;
    }

    /// <summary>
    /// Gives the space of earlier runs back: memory that was never touched costs more to write than anything else.
    /// </summary>
    public static async Task ForgetAsync(LogServer server)
    {
        await using var client = await OutriderClient.ConnectAsync(server.Endpoints);
        await client.TrimAsync((await client.TailAsync()).Require().Confirmed);
    }

    private static async Task<ServerStatus> WarmAsync(LogServer server, LoadPlan plan)
    {
        await Task.Delay(TimeSpan.FromSeconds(plan.WarmupSeconds));
        return await server.StatusAsync();
    }

    private static async Task MidwayAsync(LogServer server, LoadPlan plan)
    {
        await Task.Delay(TimeSpan.FromSeconds(plan.WarmupSeconds + (plan.Seconds / 2)));
        await plan.Midway!(server);
    }

    private static async Task<long> SendAsync(
        OutriderClient client, SentRecords sent, LoadPlan plan, IReadOnlyList<string> keys)
    {
        var options = new AppendOptions(
            Durability: sent.Durability, Deadline: TimeSpan.FromSeconds(20));
        var pending = new List<Task<bool>>(sent.Total);
        var start = Stopwatch.GetTimestamp();
        // A thread of its own: a timer of the pool would be late when the pool is busy with the answers.
        await Task.Factory.StartNew(
            () =>
            {
                for (var next = 0; next < sent.Total;)
                {
                    var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
                    var due = Math.Min(sent.Total, (int)(elapsed * plan.RatePerSecond) + 1);
                    for (; next < due; next++) pending.Add(AppendAsync(next));
                    Nap.For(0.25);
                }
            },
            TaskCreationOptions.LongRunning);
        var done = await Task.WhenAll(pending);
        return done.Count(ok => !ok);

        async Task<bool> AppendAsync(int number)
        {
            var payload = sent.Payload(number);
            sent.SentAt[number] = Stopwatch.GetTimestamp();
            var outcome = await client.AppendAsync(keys[sent.KeyOf[number]], payload, options).ConfigureAwait(false);
            if (outcome is not Outcome<Appended>.Done) return false;
            sent.Acked(number, Stopwatch.GetTimestamp());
            return true;
        }
    }
}
