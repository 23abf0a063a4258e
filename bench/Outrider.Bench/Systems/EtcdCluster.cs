using System.Diagnostics;
using System.Net;
using Etcdserverpb;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Outrider.Bench.Systems;

/// <summary>
/// Three members of etcd from Debian's package. Its callers are in the benchmark's process and reach the leader over
/// loopback; the members reach each other through the same proxies as the others'.
/// </summary>
internal sealed class EtcdCluster : ICluster
{
    private const int Members = 3;
    private readonly List<Process> _processes = [];
    private readonly List<DelayProxy> _proxies = [];
    private GrpcChannel? _leader;

    public static async Task<EtcdCluster> StartAsync(ClusterSetup setup, string binary)
    {
        var cluster = new EtcdCluster();
        try
        {
            await cluster.LaunchAsync(setup, binary);
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
        var kv = new KV.KVClient(_leader!);
        var puts = Enumerable.Range(0, callers).Select(i =>
        {
            var value = new byte[bytes];
            new Random(i).NextBytes(value);
            return new PutRequest { Key = ByteString.CopyFromUtf8($"k{i}"), Value = ByteString.CopyFrom(value) };
        }).ToArray();
        return await Usage.MeasureAsync(
            _processes, warmupSeconds, () => Load.RunAsync(callers, records, warmupSeconds, seconds, PutAsync));

        async Task<bool> PutAsync(int caller)
        {
            try
            {
                await kv.PutAsync(puts[caller], deadline: DateTime.UtcNow.AddSeconds(10));
                return true;
            }
            catch (RpcException)
            {
                return false;
            }
        }
    }

    public Task<(long Records, string? Wrong)> VerifyAsync() =>
        Task.FromResult<(long, string?)>((0, "not asked of this system"));

    public ValueTask DisposeAsync()
    {
        _leader?.Dispose();
        foreach (var process in _processes)
        {
            if (!process.HasExited) process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        foreach (var proxy in _proxies) proxy.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task LaunchAsync(ClusterSetup setup, string binary)
    {
        var (proxies, ports) = DelayProxy.For(Members, Members, setup.OneWayMs);
        var (listens, clients) = (ports[..Members], ports[Members..]);
        _proxies.AddRange(proxies);
        IPEndPoint[] addresses = [.. _proxies.Select(p => p.EndPoint)];

        var all = string.Join(',', addresses.Select((a, i) => $"m{i}=http://{a}"));
        for (var i = 0; i < Members; i++)
        {
            var start = new ProcessStartInfo(binary)
            {
                ArgumentList =
                {
                    "--name", $"m{i}", "--data-dir", Path.Combine(setup.Directory, $"etcd-{i}"),
                    "--listen-client-urls", $"http://{clients[i]}", "--advertise-client-urls", $"http://{clients[i]}",
                    "--listen-peer-urls", $"http://{listens[i]}",
                    "--initial-advertise-peer-urls", $"http://{addresses[i]}",
                    "--initial-cluster", all, "--heartbeat-interval", "100", "--election-timeout", "1500",
                    "--logger", "zap", "--log-level", "fatal",
                },
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            };
            var process = Process.Start(start) ?? throw new BenchFailure("etcd does not start");
            process.BeginErrorReadLine();
            process.BeginOutputReadLine();
            _processes.Add(process);
        }

        await FindLeaderAsync(clients);
    }

    private async Task FindLeaderAsync(IPEndPoint[] clients)
    {
        var until = DateTime.UtcNow.AddSeconds(60);
        while (_leader is null)
        {
            if (DateTime.UtcNow > until) throw new BenchFailure("etcd has no leader after a minute");
            foreach (var client in clients)
            {
                var channel = GrpcChannel.ForAddress($"http://{client}");
                try
                {
                    var status = await new Maintenance.MaintenanceClient(channel).StatusAsync(
                        new StatusRequest(), deadline: DateTime.UtcNow.AddSeconds(2));
                    if (status.Leader != 0 && status.Leader == status.Header.MemberId)
                    {
                        _leader = channel;
                        return;
                    }
                }
                catch (RpcException)
                {
                    // Not up yet.
                }

                channel.Dispose();
            }

            await Task.Delay(100);
        }
    }
}
