using System.Globalization;
using Outrider.Core;
using Outrider.Log;
using Outrider.Runtime;
using Outrider.Server.Http;
using Outrider.Server.Nodes;

namespace Outrider.Server.Embedding;

/// <summary>The HTTP port's view of the nodes of this process, and its hands.</summary>
internal sealed class RegionSetControl(
    IReadOnlyList<HostedNode> nodes, LiveLayout live, LinkConditions links, ControlPlaneChoice control, EventLog events,
    LogWatcher watcher, PrometheusText metrics, ConsoleFeed feed,
    Func<string, NodeAct, CancellationToken, Task<ActOutcome>> add) : IClusterControl
{
    private static readonly TimeSpan ActLimit = TimeSpan.FromSeconds(30);

    public async Task<IReadOnlyList<(string Check, string? Problem)>> ReadinessAsync(CancellationToken cancellation)
    {
        var checks = new List<(string, string?)>();
        foreach (var node in nodes)
        {
            var ready = node.Host?.Health.IsReady == true;
            // Nodes that somebody has stopped are no reason to send nobody here: the others serve.
            var meant = node.State is "killed" or "stopped" or "removed" or "paused";
            checks.Add(($"node {node.Info.Name}", ready || meant ? null : $"{node.State} {node.Reason}".Trim()));
        }

        var log = await watcher.AskAsync(cancellation).ConfigureAwait(false);
        checks.Add(("log", log is null ? "no node answers for it" : null));
        return checks;
    }

    public string? LivenessProblem()
    {
        foreach (var node in nodes)
            if (node.Host is { Health: { IsLive: false, State: NodeState.Broken or NodeState.Running } health })
                return $"node {node.Info.Name}: {health.State} {health.Reason}, last turn {health.TurnAgeMs} ms ago";
        return null;
    }

    public async Task<object> StatusAsync(CancellationToken cancellation)
    {
        var log = await watcher.AskAllAsync(cancellation).ConfigureAwait(false);
        var layout = live.Value;
        return new
        {
            health = HealthSentence(log),
            cluster = layout.ClusterId.ToString("x16", CultureInfo.InvariantCulture),
            regions = layout.Regions,
            rttMs = layout.RttMs,
            nodes = nodes.Select(NodeJson).ToArray(),
            log = log is null ? null : LogJson(log),
            faults = Faults(),
            control = control.Kind,
            events = events.Latest.Reverse().Take(50).Reverse().Select(happened => new
            {
                at = happened.At.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture),
                node = happened.Node,
                text = happened.Text,
            }).ToArray(),
        };
    }

    public Task<object> FeedAsync(CancellationToken cancellation) => Task.FromResult(feed.Look());

    public string Metrics() => metrics.Render();

    public async Task<object> ControlPlaneAsync(CancellationToken cancellation)
    {
        var groups = await GroupListing.ReadAsync(control.Plane, live.Value, cancellation).ConfigureAwait(false);
        return new { kind = control.Kind, reachable = groups is not null, groups = groups ?? [] };
    }

    private Nodes.INodeDoor? AnyDoor => nodes.Select(one => one.Door).OfType<Nodes.INodeDoor>().FirstOrDefault();

    public Task<object?> MissingAsync(CancellationToken cancellation) =>
        MissingSlotsAdmin.ListAsync(AnyDoor, live.Value, cancellation);

    public Task<ActOutcome> GiveUpAsync(int rid, bool force, CancellationToken cancellation) =>
        MissingSlotsAdmin.GiveUpAsync(AnyDoor, rid, force, events, cancellation);

    public async Task<ActOutcome> ActAsync(
        string node, string verb, NodeAct act, CancellationToken cancellation)
    {
        // Where nodes are processes, any of them passes on what concerns another's sub-logs.
        if (verb is "drain" or "add" && nodes.All(one => one.Info.Name != node)
            && live.Value.Find(node) is { } elsewhere)
            return await DrainAsync(elsewhere, verb == "drain", cancellation).ConfigureAwait(false);
        if (nodes.FirstOrDefault(one => one.Info.Name == node) is not { } known)
        {
            if (verb == "add")
                return await LimitedAsync(node, verb, add(node, act, cancellation), cancellation)
                    .ConfigureAwait(false);
            return new ActOutcome.NotFound(
                $"no node '{node}': {string.Join(", ", nodes.Select(one => one.Info.Name))}");
        }

        return await LimitedAsync(node, verb, RunAsync(known, verb, act.PowerLoss, cancellation), cancellation)
            .ConfigureAwait(false);
    }

    private static async Task<ActOutcome> LimitedAsync(
        string node, string verb, Task<ActOutcome> act, CancellationToken cancellation)
    {
        try
        {
            return await act.WaitAsync(ActLimit, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return new ActOutcome.TimedOut($"{verb} {node} has not ended after {ActLimit.TotalSeconds} s; "
                + "it may still; `outrider status` tells");
        }
        catch (Exception failure) when (failure is NodeOpenException or IOException)
        {
            return new ActOutcome.Refused($"{node}: {failure.Message}");
        }
    }

    public IReadOnlyList<object> Faults() =>
    [
        .. links.Disturbances.Select(fault => new
        {
            kind = fault.Cut ? "partition" : "delay", a = fault.From, b = fault.To, delayMs = fault.ExtraMs,
        }),
    ];

    public ActOutcome Partition(string a, string b, bool oneWay)
    {
        if ((Unknown(a) ?? Unknown(b)) is { } problem) return problem;
        links.Partition(a, b, oneWay);
        events.Add("", $"links {a} {(oneWay ? "->" : "<->")} {b} cut");
        return new ActOutcome.Done($"{a} and {b} are cut off from each other; `outrider chaos heal` undoes it");
    }

    public ActOutcome Delay(string a, string b, double delayMs)
    {
        if ((Unknown(a) ?? Unknown(b)) is { } problem) return problem;
        // The caller names what one message pays; a round trip pays twice.
        links.Delay(a, b, 2 * delayMs);
        events.Add("", string.Create(CultureInfo.InvariantCulture, $"links {a} <-> {b} slower by {delayMs} ms"));
        return new ActOutcome.Done($"messages between {a} and {b} take {delayMs} ms more");
    }

    public ActOutcome Heal()
    {
        var healed = links.Heal();
        if (healed > 0) events.Add("", "links healed");
        return new ActOutcome.Done(healed == 0 ? "no fault was in force" : $"{healed} faults undone");
    }

    private async Task<ActOutcome> RunAsync(
        HostedNode node, string verb, bool powerLoss, CancellationToken cancellation)
    {
        var name = node.Info.Name;
        switch (verb)
        {
            case "kill":
                return Said(await node.KillAsync(powerLoss).ConfigureAwait(false), $"{name} killed",
                    $"{name} does not run");
            case "pause":
                return Said(node.Pause(), $"{name} paused", $"{name} does not run");
            case "resume":
                return Said(node.Resume(), $"{name} goes on", $"{name} is not paused");
            case "restart":
                await node.StopAsync().ConfigureAwait(false);
                return Said(await node.StartAsync().ConfigureAwait(false), $"{name} started", $"{name} runs already");
            case "drain":
                return await DrainAsync(node.Info, drain: true, cancellation).ConfigureAwait(false);
            case "remove":
                var drained = await DrainAsync(node.Info, drain: true, cancellation).ConfigureAwait(false);
                if (drained is not ActOutcome.Done) return drained;
                await node.StopAsync("removed").ConfigureAwait(false);
                return new ActOutcome.Done($"{name} is out; `outrider node add {name}` brings it back");
            default:
                Check.That(verb == "add");
                var ran = !await node.StartAsync().ConfigureAwait(false);
                var taken = await DrainAsync(node.Info, drain: false, cancellation).ConfigureAwait(false);
                // Whether it had been drained, nobody knows who does not lead the order.
                return ran && taken is ActOutcome.Done ? new ActOutcome.Done($"{name} was in the cluster already and "
                    + "takes part; a new node needs a name of its own (`outrider node ls`)") : taken;
        }
    }

    private async Task<ActOutcome> DrainAsync(NodeInfo node, bool drain, CancellationToken cancellation)
    {
        if (AnyDoor is not { } door)
            return new ActOutcome.Refused("no node runs that could decide it");
        var reply = await door.AskFreelyAsync(new LogDrain(node.Id, drain), cancellation).ConfigureAwait(false);
        if (reply is LogReply.Refused refused) return new ActOutcome.Refused(refused.Reason);
        if (reply is LogReply.Unknown unknown) return new ActOutcome.TimedOut(unknown.Reason);
        events.Add(node.Name, drain ? "drains: its sub-logs leave" : "takes part again");
        return new ActOutcome.Done(drain ? $"{node.Name} has no sub-logs any more"
            : $"{node.Name} takes part");
    }

    private static ActOutcome Said(bool done, string message, string reason) =>
        done ? new ActOutcome.Done(message) : new ActOutcome.Refused(reason);

    private ActOutcome.NotFound? Unknown(string name) =>
        name == "*" || live.Value.Find(name) is not null || live.Value.Regions.Contains(name, StringComparer.Ordinal)
            ? null
            : new($"no node or region '{name}': {string.Join(", ", live.Value.Regions)}, "
                + string.Join(", ", live.Value.Nodes.Select(node => node.Name)));

    private string HealthSentence(LogStatus? log) =>
        ClusterHealth.Sentence(live.Value, [.. nodes.Select(node => (node.Info.Id, node.State))],
            $"all {nodes.Count} nodes run", log is not null, links.Disturbances.Count);

    private object NodeJson(HostedNode node) => new
    {
        name = node.Info.Name,
        id = node.Info.Id.Value,
        region = live.Value.Regions[node.Info.Region.Value],
        state = node.State,
        ready = node.Host?.Health.IsReady == true,
        endpoint = node.Endpoint?.ToString(),
        clients = node.Sessions?.Count ?? 0,
        readers = node.Sessions?.Sessions.Sum(session => session.Subscriptions.Count) ?? 0,
        incarnation = node.Host?.Recovered.Incarnation.Value,
        reason = node.Reason,
    };

    private object LogJson(LogStatus log) => new
    {
        confirmed = log.Confirmed.Value,
        view = log.View.Value,
        window = log.Window,
        windowStart = log.WindowStart.Value,
        windowRows = log.WindowRows,
        rowSlots = log.RowSlots,
        orderingLeader = NameOf(log.OrderingLeader),
        revokedTotal = log.RevokedTotal,
        lostTotal = log.LostTotal,
        rids = log.Rids.Select(rid => new
        {
            rid = rid.Rid.Value,
            shard = rid.Shard.Value,
            primary = NameOf(rid.Primary),
            state = rid.State,
            quota = rid.Quota,
            committed = rid.Committed.Value,
            holes = rid.Holes,
            lost = rid.Lost,
            copies = rid.Copies.Select(NameOf).ToArray(),
        }).ToArray(),
    };

    private string NameOf(NodeId node) => live.Value.Find(node)?.Name ?? "";
}
