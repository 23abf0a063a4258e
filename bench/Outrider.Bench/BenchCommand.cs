using Outrider.Bench.Logs;
using Outrider.Bench.Member;
using Outrider.Bench.Peers;

namespace Outrider.Bench;

/// <summary>The library entry of all benchmarks: <c>outrider bench</c> and this project's program.</summary>
public static class BenchCommand
{
    private const int Ok = 0;
    private const int Usage = 2;

    /// <summary>Runs one benchmark; data to <paramref name="stdout"/>, talk to <paramref name="stderr"/>.</summary>
    /// <returns>The exit code: 0, 1 for a missed target (with <c>--targets</c>), 2 for usage.</returns>
    public static async Task<int> Run(string[] args, TextWriter stdout, TextWriter stderr)
    {
        switch (args)
        {
            case ["replication", .. var rest]:
                if (ReplicationOptions.Parse(rest, stderr) is not { } options) return Usage;
                return await new ReplicationBench(options, stdout, stderr).RunAsync();
            case ["log", .. var rest]:
                if (LogBenchOptions.Parse(rest, stderr) is not { } log) return Usage;
                return log.Peers.Count > 0 ? await new PeerBench(log, stdout, stderr).RunAsync()
                    : await new LogBench(log, stdout, stderr).RunAsync();
            case ["log-server", .. var rest]:
                // A child of the benchmark above, like the next.
                return await LogServerProcess.RunAsync(rest, Console.In, stdout);
            case ["member", .. var rest]:
                // A child of the benchmark above; never typed by people.
                return await MemberProcess.RunAsync(rest, Console.In, stdout);
            default:
                await stderr.WriteLineAsync(
                    "usage: bench replication [--json] [--targets] [--seconds N] [--warmup N] [--runs N] "
                    + "[--only SYSTEM,...] [--net loopback,wan] [--durability fsync,memory] [--bytes 100,4096] "
                    + "[--no-batches] [--results DIR]\n"
                    + "       bench log [--suite paper] [--json] [--targets] [--quick] [--rounds N] [--seconds N] "
                    + "[--only TABLE,...] [--rates N,...] [--results DIR]\n"
                    + "       bench log --peers nats,redis,etcd [--json] [--targets] [--rounds N] [--seconds N] "
                    + "[--results DIR]\n"
                    + "a whole --suite, and all --peers together, go to bench/results unless --results is given");
                return args is ["--help"] ? Ok : Usage;
        }
    }
}
