using System.Globalization;
using System.Text;
using System.Text.Json;
using Outrider.Bench.Logs;
using Outrider.Bench.Report;

namespace Outrider.Bench.Peers;

/// <summary>bench log --peers: the log beside the servers that people use instead, under one harness.</summary>
internal sealed class PeerBench(LogBenchOptions options, TextWriter stdout, TextWriter stderr)
{
    private const int Connections = 50;
    private const int PacedConnections = 10;
    private const double PacedRate = 2000;
    private const double WarmupSeconds = 0.5;
    private const int ToolMissing = 7;

    private static readonly JsonSerializerOptions Camel = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly List<FullCell> _full = [];
    private readonly List<PacedCell> _paced = [];

    private int Rounds => Math.Max(options.Rounds, 5);

    public async Task<int> RunAsync()
    {
        if (Tools.FindServers(options.Peers, out var missing) is not { } programs)
        {
            await stderr.WriteLineAsync(
                $"bench log: {string.Join(", ", missing)} not found; fetch what is missing with\n  eng/fetch-debian "
                + "nats-server=nats-server redis-server=redis-server etcd=etcd-server");
            return ToolMissing;
        }

        var runs = (5 + 4 + 4 + 4 + 4) * Rounds;
        await stderr.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"about {runs * (options.Seconds + WarmupSeconds + 0.7) / 60:0.#} minutes, {Rounds} rounds"));
        var before = Machine.Look();
        await MeasureAsync(fsync: true, programs);
        await MeasureAsync(fsync: false, programs);
        var targets = PeerTargets.Judge(_full, _paced, options.Peers);
        var report = new PeerReport(options, before, Machine.Look(), Rounds, _full, _paced, targets);
        var json = JsonSerializer.Serialize(report.Data(), Camel);
        if (options.ResultsDirectory is { } directory)
        {
            Directory.CreateDirectory(directory);
            await File.WriteAllTextAsync(Path.Combine(directory, "log-peers.md"), report.Markdown());
            await File.WriteAllTextAsync(Path.Combine(directory, "log-peers.json"), json + "\n");
            await stderr.WriteLineAsync($"written: {Path.Combine(directory, "log-peers.md")}");
        }

        await stdout.WriteLineAsync(options.Json ? json : report.Markdown());
        return options.Targets && targets.Any(t => !t.IsMet) ? 1 : 0;
    }

    /// <summary>
    /// All systems of a class are up at once and take turns run by run, so that whatever else the machine does meets
    /// all alike.
    /// </summary>
    private async Task MeasureAsync(bool fsync, IReadOnlyDictionary<string, string> programs)
    {
        var systems = new List<PeerSystem>();
        try
        {
            systems.Add(await OutriderPeer.StartAsync(1, fsync));
            systems.Add(await OutriderPeer.StartAsync(2, fsync));
            if (programs.TryGetValue("redis", out var redis)) systems.Add(await RedisPeer.StartAsync(redis, fsync));
            if (fsync && programs.TryGetValue("etcd", out var etcd)) systems.Add(await EtcdPeer.StartAsync(etcd));
            if (!fsync && programs.TryGetValue("nats", out var nats)) systems.Add(await NatsPeer.StartAsync(nats));
            var kind = fsync ? "fsync" : "memory";
            foreach (var (bytes, pipelined) in ((int, int)[])[(4096, 1), (4096, 16), (100, 16)])
            {
                // One client that floods a disk says nothing that the other two do not.
                if (fsync && (bytes, pipelined) == (4096, 16)) continue;
                if (!fsync && (bytes, pipelined) == (4096, 1)) continue;
                var cells = systems.ConvertAll(s => new FullCell(s.Name, s.Copies, kind, bytes, pipelined, []));
                for (var round = 0; round < Rounds; round++)
                    foreach (var i in InTurn(systems.Count, round))
                    {
                        cells[i].Runs.Add(await PeerLoad.FullAsync(
                            systems[i], Connections, pipelined, bytes, WarmupSeconds, options.Seconds));
                        await systems[i].ForgetAsync();
                    }

                _full.AddRange(cells);
                await stderr.WriteLineAsync($"{kind} {bytes} B, pipelined {pipelined}: done");
            }

            var paced = systems.ConvertAll(s => new PacedCell(s.Name, kind, []));
            for (var round = 0; round < Rounds; round++)
                foreach (var i in InTurn(systems.Count, round))
                {
                    var plan = new LoadPlan(PacedRate, 4096, options.Seconds, WarmupSeconds: WarmupSeconds);
                    paced[i].Runs.Add(await PeerLoad.PacedAsync(systems[i], PacedConnections, plan));
                    await systems[i].ForgetAsync();
                }

            _paced.AddRange(paced);
            await stderr.WriteLineAsync($"{kind} open loop: done");
        }
        finally
        {
            foreach (var system in systems) await system.DisposeAsync();
        }
    }

    private static IEnumerable<int> InTurn(int count, int round)
    {
        for (var i = 0; i < count; i++) yield return (i + round) % count;
    }
}
