namespace Outrider.Bench.Logs;

/// <summary>One cluster of each system, all with the same settings; those that are not loaded stand idle.</summary>
internal sealed class Clusters : IAsyncDisposable
{
    private readonly Dictionary<string, LogServer> _servers = [];

    public LogServer this[string system] => _servers[system];

    public static async Task<Clusters> StartAsync(double orderingMs)
    {
        var clusters = new Clusters();
        foreach (var system in LogSetup.Systems)
            clusters._servers[system] = await LogServer.StartAsync(new LogSetup(system, OrderingRttMs: orderingMs));
        return clusters;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers.Values) await server.DisposeAsync();
    }
}
