using System.Diagnostics;

namespace Outrider.Bench;

/// <summary>Programs that the benchmark compares with.</summary>
internal static class Tools
{
    private static readonly Dictionary<string, (string Program, string Package)> Servers = new()
    {
        ["nats"] = ("nats-server", "nats-server"),
        ["redis"] = ("redis-server", "redis-server"),
        ["etcd"] = ("etcd", "etcd-server"),
    };

    /// <summary>etcd from the path, or from where the tests unpack it.</summary>
    public static string? FindEtcd() => Find("etcd");

    /// <summary>The programs of these peers by name, fetched if need be; null: one is missing.</summary>
    public static IReadOnlyDictionary<string, string>? FindServers(
        IReadOnlyList<string> peers, out IReadOnlyList<string> missing)
    {
        missing = [.. peers.Select(p => Servers[p]).Where(s => Find(s.Program) is null).Select(s => s.Program)];
        if (missing.Count > 0) Fetch(peers);
        missing = [.. peers.Select(p => Servers[p]).Where(s => Find(s.Program) is null).Select(s => s.Program)];
        return missing.Count > 0 ? null : peers.ToDictionary(p => p, p => Find(Servers[p].Program)!);
    }

    private static void Fetch(IReadOnlyList<string> peers)
    {
        var script = Path.Combine("eng", "fetch-debian");
        if (!File.Exists(script)) return;
        var words = peers.Select(p => $"{Servers[p].Program}={Servers[p].Package}");
        using var process = Process.Start(new ProcessStartInfo(script, words));
        process?.WaitForExit();
    }

    private static string? Find(string program)
    {
        string[] unpacked = [Path.Combine(".tools", "usr"), Path.Combine(".tools", "debian", "usr")];
        var directories = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(unpacked.SelectMany(d => (string[])[Path.Combine(d, "bin"), Path.Combine(d, "sbin")]));
        return directories.Select(d => Path.GetFullPath(Path.Combine(d, program))).FirstOrDefault(File.Exists);
    }
}
