using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Outrider.Bench.Member;

namespace Outrider.Bench.Systems;

/// <summary>Three child processes of this program, which talk to each other through delaying proxies.</summary>
internal sealed class MemberCluster : ICluster
{
    private const int Members = 3;
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly List<Process> _processes = [];
    private readonly List<DelayProxy> _proxies = [];
    private Process? _leader;

    public static async Task<MemberCluster> StartAsync(ClusterSetup setup)
    {
        var cluster = new MemberCluster();
        try
        {
            await cluster.LaunchAsync(setup);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async Task<LoadResult> RunAsync(int callers, int bytes, int records, double warmupSeconds, double seconds)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture, $"run {callers} {bytes} {records} {warmupSeconds} {seconds}");
        await FindLeaderAsync();
        return await Usage.MeasureAsync(_processes, warmupSeconds, async () => JsonSerializer.Deserialize<LoadResult>(
            await AskAsync(_leader!, line, TimeSpan.FromSeconds(warmupSeconds + seconds + 60)))!);
    }

    public async Task<(long Records, string? Wrong)> VerifyAsync()
    {
        var answer = await AskAsync(_leader!, "verify", TimeSpan.FromSeconds(120));
        return answer.StartsWith("ok ", StringComparison.Ordinal)
            ? (long.Parse(answer.AsSpan(3), CultureInfo.InvariantCulture), null)
            : (0, answer);
    }

    public ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited) process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        foreach (var proxy in _proxies) proxy.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task LaunchAsync(ClusterSetup setup)
    {
        var (proxies, listens) = DelayProxy.For(Members, 0, setup.OneWayMs);
        _proxies.AddRange(proxies);
        IPEndPoint[] addresses = [.. _proxies.Select(p => p.EndPoint)];

        for (var i = 0; i < Members; i++)
        {
            var options = new MemberOptions(
                setup.System, i, setup.Directory, setup.IsDurable, listens[i], addresses);
            _processes.Add(Spawn(options));
        }

        foreach (var process in _processes)
            if (await ReadAsync(process, StartTimeout) != "started") throw new BenchFailure("a member did not start");
        await FindLeaderAsync();
    }

    private async Task FindLeaderAsync()
    {
        _leader = null;
        var until = DateTime.UtcNow + StartTimeout;
        while (_leader is null)
        {
            if (DateTime.UtcNow > until) throw new BenchFailure("no leader after a minute");
            foreach (var process in _processes)
                if (await AskAsync(process, "leader", StartTimeout) == "yes") _leader = process;
            await Task.Delay(50);
        }
    }

    private static Process Spawn(MemberOptions options)
    {
        var program = typeof(MemberCluster).Assembly.Location;
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && IsDotNet(path) ? path : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add(program);
        foreach (var argument in options.ToArguments()) start.ArgumentList.Add(argument);
        return Process.Start(start) ?? throw new BenchFailure($"{start.FileName} does not start");
    }

    private static bool IsDotNet(string path) =>
        Path.GetFileNameWithoutExtension(path).Equals("dotnet", StringComparison.Ordinal);

    private static async Task<string> AskAsync(Process process, string line, TimeSpan timeout)
    {
        await process.StandardInput.WriteLineAsync(line);
        await process.StandardInput.FlushAsync();
        return await ReadAsync(process, timeout);
    }

    private static async Task<string> ReadAsync(Process process, TimeSpan timeout)
    {
        try
        {
            return await process.StandardOutput.ReadLineAsync().WaitAsync(timeout)
                ?? throw new BenchFailure("a member has ended; its reason stands above");
        }
        catch (TimeoutException)
        {
            throw new BenchFailure($"a member has not answered for {timeout.TotalSeconds:0} s");
        }
    }
}

/// <summary>The benchmark cannot go on; the message says why.</summary>
internal sealed class BenchFailure(string message) : Exception(message);
