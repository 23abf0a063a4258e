using System.Text.Json;
using Outrider.Server.Configuration;

namespace Outrider.Cli.Cluster;

/// <summary>What a person sees when the cluster is ready.</summary>
internal static class Banner
{
    public static void Show(
        IRunningCluster cluster, Settings settings, TimeSpan took, bool json, TextWriter output, TextWriter talk)
    {
        var state = cluster.State;
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(new
            {
                ready = true,
                readyMs = Math.Round(took.TotalMilliseconds),
                resp = state.Resp,
                endpoints = cluster.Endpoints.Split(','),
                http = state.Http,
                adminTokenFile = state.TokenFile,
                data = state.Data,
                processId = state.ProcessId,
            }));
            output.Flush();
            return;
        }

        talk.WriteLine($"ready in {took.TotalSeconds:F1} s: {cluster.Layout.Nodes.Count} nodes in "
            + $"{cluster.Layout.Regions.Count} regions ({string.Join(", ", cluster.Layout.Regions)})");
        if (settings.Words("rtt") is { Count: > 0 } rtt)
            talk.WriteLine($"  distance   {string.Join("  ", rtt)}   (emulated)");
        talk.WriteLine($"  clients    {state.Resp}   any Redis client; an append is answered when confirmed, so it");
        talk.WriteLine("             costs about one round trip between regions");
        talk.WriteLine($"  console    {state.Http}   in a browser; to act it asks for data/admin-token");
        talk.WriteLine($"  http       {state.Http}   /status /metrics /readyz");
        talk.WriteLine($"  data       {state.Data}{(state.DataIsTemporary ? "   (removed at the end)" : "")}");
        talk.WriteLine();
        talk.WriteLine("Try in another shell:");
        talk.WriteLine($"  redis-cli -p {state.Resp.Split(':')[^1]} XADD s '*' k v");
        talk.WriteLine("  ./outrider log tail");
        talk.WriteLine($"  ./outrider node kill {cluster.Layout.Nodes[^1].Name}     then ./outrider status");
        talk.WriteLine("Stop with Ctrl-C, or `./outrider down`.");
        talk.WriteLine();
    }
}
