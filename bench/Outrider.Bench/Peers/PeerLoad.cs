using System.Collections.Concurrent;
using System.Diagnostics;
using Outrider.Bench.Logs;
using Outrider.Bench.Systems;

namespace Outrider.Bench.Peers;

/// <summary>The one harness for all systems.</summary>
internal static class PeerLoad
{
    /// <summary>As fast as they come: each connection sends a bundle and waits for all of its answers.</summary>
    public static async Task<LoadResult> FullAsync(
        PeerSystem system, int connections, int pipelined, int bytes, double warmupSeconds, double seconds)
    {
        var all = await ConnectAsync(system, connections);
        var payload = new byte[bytes];
        Random.Shared.NextBytes(payload);
        var bundles = all.Select(connection =>
        {
            var record = connection.Encode(payload);
            return (byte[])[.. Enumerable.Repeat(record, pipelined).SelectMany(r => r)];
        }).ToArray();
        try
        {
            return await Usage.MeasureAsync(system.Processes, warmupSeconds,
                () => Load.RunAsync(connections, pipelined, warmupSeconds, seconds, CallAsync));
        }
        finally
        {
            foreach (var connection in all) await connection.DisposeAsync();
        }

        async Task<bool> CallAsync(int number)
        {
            var connection = all[number];
            var errors = connection.Errors;
            await connection.SendAsync(bundles[number], pipelined);
            for (var acks = 0; acks < pipelined;)
            {
                var more = await connection.AcksAsync();
                if (more == 0) return false;
                acks += more;
            }

            return connection.Errors == errors;
        }
    }

    /// <summary>An open loop: records leave on time, whether or not earlier ones have been acknowledged.</summary>
    public static async Task<PeerLatency> PacedAsync(
        PeerSystem system, int connections, LoadPlan plan)
    {
        var all = await ConnectAsync(system, connections);
        var total = (int)(plan.RatePerSecond * (plan.Seconds + plan.WarmupSeconds));
        var sent = new SentRecords(total, ["-"], plan);
        var delivered = new long[total];
        var marker = sent.Payload(0)[..8];
        var arrived = 0;
        var allHere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var allAcked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var following = await system.FollowAsync(Take);
        var queues = all.Select(_ => new ConcurrentQueue<int>()).ToArray();
        var acking = all.Select((connection, i) => AckAsync(connection, queues[i])).ToArray();
        var before = Usage.CpuMicrosOf(system.Processes);
        var watch = Stopwatch.StartNew();
        await Task.Factory.StartNew(() => Send(all, queues, sent, plan), TaskCreationOptions.LongRunning);
        // What is late counts with its lateness; what never comes is missing from the counts.
        await Task.WhenAny(Task.WhenAll(allAcked.Task, allHere.Task), Task.Delay(TimeSpan.FromSeconds(10)));
        var cores = (Usage.CpuMicrosOf(system.Processes) - before) / watch.Elapsed.TotalMicroseconds;
        foreach (var connection in all) await connection.DisposeAsync();
        await Task.WhenAll(acking);
        return new PeerLatency(
            sent.AppendQuantiles(), sent.Since(delivered, _ => true), total - (int)sent.Acknowledged, cores);

        async Task AckAsync(PeerConnection connection, ConcurrentQueue<int> queue)
        {
            while (await connection.AcksAsync() is > 0 and var acks)
            {
                var now = Stopwatch.GetTimestamp();
                for (var i = 0; i < acks && queue.TryDequeue(out var number); i++) sent.Acked(number, now);
                if (sent.Acknowledged == total) allAcked.TrySetResult();
            }
        }

        void Take(ReadOnlySpan<byte> bytes)
        {
            var at = bytes[..Math.Min(bytes.Length, 256)].IndexOf(marker);
            if (at < 0 || sent.NumberOf(bytes[at..]) is not (>= 0 and var number)) return;
            if (delivered[number] != 0) return;
            delivered[number] = Stopwatch.GetTimestamp();
            if (Interlocked.Increment(ref arrived) == total) allHere.TrySetResult();
        }
    }

    private static void Send(
        PeerConnection[] all, ConcurrentQueue<int>[] queues, SentRecords sent, LoadPlan plan)
    {
        var start = Stopwatch.GetTimestamp();
        for (var next = 0; next < sent.Total;)
        {
            var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var due = Math.Min(sent.Total, (int)(elapsed * plan.RatePerSecond) + 1);
            for (; next < due; next++)
            {
                var to = next % all.Length;
                queues[to].Enqueue(next);
                sent.SentAt[next] = Stopwatch.GetTimestamp();
                all[to].SendAsync(all[to].Encode(sent.Payload(next)), 1).AsTask().GetAwaiter().GetResult();
            }

            Nap.For(0.25);
        }
    }

    private static async Task<PeerConnection[]> ConnectAsync(PeerSystem system, int connections)
    {
        var all = new PeerConnection[connections];
        for (var i = 0; i < connections; i++) all[i] = await system.ConnectAsync(i);
        return all;
    }
}

/// <summary>What an open loop measured; times in milliseconds from the send on.</summary>
internal sealed record PeerLatency(Quantiles Append, Quantiles Delivery, int Missing, double Cores);
