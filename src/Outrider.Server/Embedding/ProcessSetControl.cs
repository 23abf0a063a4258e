using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Outrider.Core;
using Outrider.Server.Http;

namespace Outrider.Server.Embedding;

/// <summary>
/// Administration of nodes that are processes: kill, pause and restart are signals and processes; what a node itself
/// must do or knows is asked of its own HTTP port.
/// </summary>
internal sealed class ProcessSetControl(
    IReadOnlyList<NodeProcess> processes, LiveLayout live, EventLog events, HttpClient http,
    Func<string, NodeAct, CancellationToken, Task<ActOutcome>> add) : IClusterControl
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    public async Task<IReadOnlyList<(string Check, string? Problem)>> ReadinessAsync(CancellationToken cancellation)
    {
        var statuses = await StatusesAsync(cancellation).ConfigureAwait(false);
        var checks = new List<(string, string?)>();
        foreach (var (process, status) in statuses)
        {
            var meant = process.State is "killed" or "stopped" or "paused";
            checks.Add(($"node {process.Node.Name}", status is not null || meant ? null : process.State));
        }

        var log = statuses.Any(one => one.Status?["log"] is not null);
        checks.Add(("log", log ? null : "no node answers for it"));
        return checks;
    }

    public string? LivenessProblem() => null;

    public async Task<object> StatusAsync(CancellationToken cancellation)
    {
        var statuses = await StatusesAsync(cancellation).ConfigureAwait(false);
        var layout = live.Value;
        var logs = statuses.Where(one => one.Status?["log"] is JsonObject)
            .Select(one => (one.Process.Node.Name, Status: one.Status!)).ToList();
        var withLog = logs.Count == 0 ? null : logs.MaxBy(one => (long)one.Status["log"]!["confirmed"]!).Status;
        var health = ClusterHealth.Sentence(
            layout, [.. processes.Select(process => (new NodeId(process.Node.Id), process.State))],
            $"all {processes.Count} nodes run, one process each", withLog is not null,
            withLog?["faults"]?.AsArray().Count ?? 0);
        return new
        {
            health,
            cluster = layout.ClusterId.ToString("x16", System.Globalization.CultureInfo.InvariantCulture),
            regions = layout.Regions,
            rttMs = layout.RttMs,
            nodes = statuses.Select(one => NodeJson(one.Process, one.Status)).ToArray(),
            log = withLog is null ? null : Whole(withLog["log"]!.AsObject(), logs),
            faults = withLog?["faults"]?.DeepClone() ?? new JsonArray(),
            control = withLog?["control"]?.DeepClone(),
            events = Events(statuses),
        };
    }

    public async Task<object> FeedAsync(CancellationToken cancellation)
    {
        foreach (var process in processes)
            if (process.State == "running" && await GetAsync(process, "/console/feed", cancellation)
                .ConfigureAwait(false) is { } answer) return answer;
        return new { };
    }

    public string Metrics() => string.Concat(processes.Select(process =>
        $"# {process.Node.Name}: http://{process.Node.Http}/metrics\n"
        + $"outrider_node_up{{node=\"{process.Node.Name}\"}} {(process.State == "running" ? 1 : 0)}\n"));

    public async Task<object> ControlPlaneAsync(CancellationToken cancellation)
    {
        foreach (var process in processes)
            if (await GetAsync(process, "/admin/control",
                cancellation).ConfigureAwait(false) is { } answer) return answer;
        return new { kind = "", reachable = false, groups = Array.Empty<object>() };
    }

    public async Task<object?> MissingAsync(CancellationToken cancellation)
    {
        foreach (var process in processes)
            if (await GetAsync(process, "/admin/log/missing", cancellation)
                .ConfigureAwait(false) is { } answer) return answer;
        return null;
    }

    public Task<ActOutcome> GiveUpAsync(int rid, bool force, CancellationToken cancellation) =>
        AskAnyAsync("/admin/log/give-up", cancellation, new { rid, yes = true, force });

    public async Task<ActOutcome> ActAsync(string node, string verb, NodeAct act, CancellationToken cancellation)
    {
        if (processes.FirstOrDefault(process => process.Node.Name == node) is not { } known)
            return verb == "add" ? await add(node, act, cancellation).ConfigureAwait(false) : new ActOutcome.NotFound(
                $"no node '{node}': {string.Join(", ", processes.Select(process => process.Node.Name))}");
        switch (verb)
        {
            case "kill" when act.PowerLoss:
                return new ActOutcome.Refused("loss of power is emulated only where nodes share a process: "
                    + "what this kernel holds in its cache survives the kill of a process");
            case "kill":
                return Said(known.Kill(), $"{node} killed", $"{node} does not run");
            case "pause" or "resume":
                return Said(known.Freeze(verb == "pause"), $"{node}: {verb}d", $"{node} is {known.State}");
            case "restart":
                await known.StopAsync(StopPatience).ConfigureAwait(false);
                return Said(known.Start(), $"{node} started", $"{node} runs already");
            case "add":
                known.Start();
                // Whoever is told that it takes part may go there at once.
                for (var until = Environment.TickCount64 + (long)StopPatience.TotalMilliseconds;
                    known.State == "running" && Environment.TickCount64 < until
                    && await GetAsync(known, "/status", cancellation).ConfigureAwait(false) is null;)
                    await Task.Delay(20, cancellation).ConfigureAwait(false);
                return await AskAnyAsync($"/admin/nodes/{node}/add", cancellation).ConfigureAwait(false);
            case "remove":
                var drained = await AskAnyAsync($"/admin/nodes/{node}/drain", cancellation).ConfigureAwait(false);
                if (drained is ActOutcome.Done) await known.StopAsync(StopPatience).ConfigureAwait(false);
                return drained;
            default:
                Check.That(verb == "drain");
                return await AskAnyAsync($"/admin/nodes/{node}/drain", cancellation).ConfigureAwait(false);
        }
    }

    public IReadOnlyList<object> Faults()
    {
        foreach (var process in processes)
            if (GetAsync(process, "/admin/chaos", default).GetAwaiter().GetResult()?["faults"] is JsonArray faults)
                return [.. faults.Select(fault => (object)fault!.DeepClone())];
        return [];
    }

    public ActOutcome Partition(string a, string b, bool oneWay) =>
        ToAll("/admin/chaos/partition", new { a, b, oneWay }, $"links {a} {(oneWay ? "->" : "<->")} {b} cut");

    public ActOutcome Delay(string a, string b, double delayMs) =>
        ToAll("/admin/chaos/delay", new { a, b, delayMs }, $"links {a} <-> {b} slower by {delayMs} ms");

    public ActOutcome Heal() => ToAll("/admin/chaos/heal", new { }, "links healed");

    /// <summary>Each process emulates its own outgoing links: all must be told, those that are down excepted.</summary>
    private ActOutcome ToAll(string path, object body, string text)
    {
        ActOutcome outcome = new ActOutcome.Refused("no node runs");
        foreach (var process in processes)
        {
            if (process.State != "running") continue;
            outcome = PostAsync(process, path, body, default).GetAwaiter().GetResult();
            if (outcome is not ActOutcome.Done) return outcome;
        }

        if (outcome is ActOutcome.Done) events.Add("", text);
        return outcome;
    }

    private async Task<ActOutcome> AskAnyAsync(
        string path, CancellationToken cancellation, object? body = null)
    {
        ActOutcome outcome = new ActOutcome.Refused("no node runs that could decide it");
        foreach (var process in processes)
        {
            if (process.State != "running") continue;
            outcome = await PostAsync(process, path, body ?? new { }, cancellation).ConfigureAwait(false);
            if (outcome is ActOutcome.Done) return outcome;
        }

        return outcome;
    }

    private async Task<ActOutcome> PostAsync(
        NodeProcess process, string path, object body, CancellationToken cancellation)
    {
        try
        {
            using var answer = await http.PostAsJsonAsync($"http://{process.Node.Http}{path}", body, cancellation)
                .ConfigureAwait(false);
            var said = await answer.Content.ReadFromJsonAsync<JsonObject>(cancellation).ConfigureAwait(false);
            return answer.IsSuccessStatusCode
                ? new ActOutcome.Done(said?["message"]?.ToString() ?? "done")
                : new ActOutcome.Refused(said?["error"]?.ToString() ?? answer.StatusCode.ToString());
        }
        catch (Exception gone) when (gone is HttpRequestException or OperationCanceledException or JsonException)
        {
            return new ActOutcome.TimedOut($"{process.Node.Name} does not answer: {gone.Message}");
        }
    }

    private async Task<JsonObject?> GetAsync(NodeProcess process, string path, CancellationToken cancellation)
    {
        if (process.State != "running") return null;
        try
        {
            return await http.GetFromJsonAsync<JsonObject>($"http://{process.Node.Http}{path}", cancellation)
                .ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is HttpRequestException or OperationCanceledException or JsonException)
        {
            return null;
        }
    }

    private async Task<(NodeProcess Process, JsonObject? Status)[]> StatusesAsync(CancellationToken cancellation) =>
        await Task.WhenAll(processes.Select(async process =>
            (process, await GetAsync(process, "/status", cancellation).ConfigureAwait(false)))).ConfigureAwait(false);

    /// <summary>A node's own account of itself, and the truth about its process where it gives none.</summary>
    private static object NodeJson(NodeProcess process, JsonObject? status)
    {
        if (status?["nodes"]?[0] is JsonObject own)
        {
            var copy = own.DeepClone().AsObject();
            copy["processId"] = process.ProcessId;
            return copy;
        }

        return new
        {
            name = process.Node.Name,
            region = process.Node.Region,
            state = process.State,
            ready = false,
            endpoint = process.Node.Clients,
            reason = "",
            processId = process.ProcessId,
        };
    }

    /// <summary>What the primaries say of their sub-logs, in the account of the node that is furthest.</summary>
    private static JsonNode Whole(JsonObject log, List<(string Name, JsonObject Status)> logs)
    {
        var whole = log.DeepClone().AsObject();
        foreach (var rid in whole["rids"]!.AsArray())
        {
            var primary = logs.FirstOrDefault(one => one.Name == (string?)rid!["primary"]).Status;
            var number = (int)rid!["rid"]!;
            var own = primary?["log"]!["rids"]!.AsArray().FirstOrDefault(other => (int)other!["rid"]! == number);
            if (own?["holes"] is null) continue;
            rid["holes"] = own["holes"]!.DeepClone();
            rid["copies"] = own["copies"]!.DeepClone();
        }

        return whole;
    }

    private object[] Events((NodeProcess Process, JsonObject? Status)[] statuses)
    {
        var own = events.Latest.Select(happened => (
            At: happened.At.ToString("HH:mm:ss.fff", System.Globalization.CultureInfo.InvariantCulture),
            happened.Node, happened.Text));
        var theirs = statuses.SelectMany(one => one.Status?["events"]?.AsArray() ?? [])
            .Select(said => (At: said!["at"]!.ToString(), Node: said["node"]!.ToString(),
                Text: said["text"]!.ToString()));
        // Every node tells what it saw of the others; one telling is enough.
        return [.. own.Concat(theirs).OrderBy(said => said.At, StringComparer.Ordinal)
            .DistinctBy(said => (said.Node, said.Text, said.At[..6])).TakeLast(60)
            .Select(said => new { at = said.At, node = said.Node, text = said.Text })];
    }

    private static ActOutcome Said(bool done, string message, string reason) =>
        done ? new ActOutcome.Done(message) : new ActOutcome.Refused(reason);
}
