using System.Diagnostics.Metrics;
using Outrider.Runtime;

namespace Outrider.Server.Embedding;

/// <summary>Figures of the front doors and of the log, per node; read when somebody scrapes.</summary>
internal sealed class ServerMeters : IDisposable
{
    private readonly Meter _meter = new(RuntimeMeters.MeterName);

    public ServerMeters(IReadOnlyList<HostedNode> nodes, LogWatcher watcher)
    {
        PerNode("outrider_clients", "Clients connected.", nodes, node => node.Sessions?.Count ?? 0);
        PerNode("outrider_node_up", "1 while the node runs.", nodes, node => node.State == "running" ? 1 : 0);
        Total("outrider_clients_connected_total", "Clients accepted in the node's present life.", nodes,
            node => node.Sessions?.Counters.ConnectedTotal ?? 0);
        Total("outrider_slow_clients_closed_total", "Clients closed for not taking what was sent.", nodes,
            node => node.Sessions?.Counters.SlowClientsClosedTotal ?? 0);
        Total("outrider_auth_failures_total", "Wrong names or passwords.", nodes,
            node => node.Sessions?.Counters.AuthFailedTotal ?? 0);
        _meter.CreateObservableGauge("outrider_log_confirmed_position", () => watcher.Last?.Confirmed.Value ?? 0, null,
            "End of the committed order.");
        _meter.CreateObservableGauge("outrider_log_begins_position", () => watcher.Last?.Trimmed.Value ?? 0, null,
            "Where the log begins: what lies below was trimmed.");
        _meter.CreateObservableCounter("outrider_log_retention_trims_total", () => watcher.Last?.RetentionTrims ?? 0,
            null, "Trims for the retention by the leader of the order, if it runs here.");
        _meter.CreateObservableGauge("outrider_log_retention_held", () => watcher.Last?.RetentionHeldBy is null ? 0 : 1,
            null, "1 while a consumer group holds the retention back.");
        _meter.CreateObservableGauge("outrider_log_view", () => watcher.Last?.View.Value ?? 0, null,
            "Generation of the participants.");
        _meter.CreateObservableCounter("outrider_log_revoked_records_total", () => watcher.Last?.RevokedTotal ?? 0,
            null,
            "Records delivered as speculative that never happened.");
        _meter.CreateObservableGauge("outrider_log_lost_slots", () => watcher.Last?.LostTotal ?? 0, null,
            "Slots of which no copy is left, as an operator has declared.");
    }

    public void Dispose() => _meter.Dispose();

    private void PerNode(string name, string help, IReadOnlyList<HostedNode> nodes, Func<HostedNode, long> read) =>
        _meter.CreateObservableGauge(name, () => Measure(nodes, read), null, help);

    private void Total(string name, string help, IReadOnlyList<HostedNode> nodes, Func<HostedNode, long> read) =>
        _meter.CreateObservableCounter(name, () => Measure(nodes, read), null, help);

    private static IEnumerable<Measurement<long>> Measure(
        IReadOnlyList<HostedNode> nodes, Func<HostedNode, long> read) =>
        nodes.Select(node => new Measurement<long>(read(node), new KeyValuePair<string, object?>("node",
            node.Info.Name)));
}
