using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>Faults of single nodes: their lives, their disks, their clocks.</summary>
internal sealed class NodeFaults(World world, Swarm swarm)
{
    private NodeId _rotVictim = NodeId.None;
    private bool _replaced;

    public string? Strike(FaultClass kind, Rng rng)
    {
        var node = Victim(kind, rng);
        if (node is null) return null;
        return kind switch
        {
            FaultClass.Crash => Crash(node, rng, fast: rng.Chance(0.3)),
            FaultClass.CleanRestart => CleanRestart(node, rng),
            FaultClass.Pause => Pause(node, rng),
            FaultClass.SlowDisk => SlowDisk(node, rng),
            FaultClass.FullDisk => FullDisk(node, rng),
            FaultClass.DiskError => DiskError(node, rng),
            FaultClass.Rot => Rot(node, rng),
            FaultClass.ClockJump => ClockJump(node, rng),
            FaultClass.Wipe => Wipe(node, rng),
            _ => throw Check.Unreachable(kind),
        };
    }

    /// <summary>Kills a node unless too many are down; null when it was spared.</summary>
    public string? Crash(SimNode node, Rng rng, bool fast)
    {
        if (node.State is not (NodeState.Up or NodeState.Paused)) return null;
        var kind = !rng.Chance(swarm.PowerLossShare) ? CrashKind.KeepAll
            : rng.Chance(swarm.MixedShare) ? CrashKind.Mixed : CrashKind.DropAll;
        var back = 1000 * (fast ? rng.Between(1, 50) : (long)(Math.Pow(3000, rng.NextUnit())));
        var again = rng.Chance(0.15);
        var later = rng.Between(5, 300) * 1000;
        var together = rng.Chance(swarm.CompanionShare);
        var everybody = together && swarm.DownMax >= 2 && rng.Chance(0.4);
        if (everybody) back = 1000 * rng.Between(800, 5_000);
        if (DownCount() >= swarm.DownMax) return null;
        node.Crash(kind);
        StartLater(node, back);
        var text = $"crash {node.Id} {kind}, back in {back / 1000} ms";
        if (everybody) text += Blackout(node, kind, rng);
        else if (together) text += Companion(node, kind, rng);
        if (!again) return text;
        RestartAgain(node, back + later);
        return $"{text}, clean restart {later / 1000} ms later";
    }

    /// <summary>
    /// Two that share a power supply go at one instant: neither can tell the other what it has just forgotten.
    /// </summary>
    private string Companion(SimNode node, CrashKind kind, Rng rng)
    {
        var others = world.Nodes.Where(n => n != node && n.State == NodeState.Up).ToList();
        var back = 1000 * rng.Between(50, 3_000);
        if (others.Count == 0 || DownCount() >= swarm.DownMax) return "";
        var other = rng.Pick(others);
        other.Crash(kind);
        StartLater(other, back);
        return $", and with it {other.Id}, back in {back / 1000} ms";
    }

    /// <summary>
    /// The power goes everywhere at once: what counted as safe because several had it in memory is gone, and whoever
    /// comes back first decides what there was. The one that was struck, often a leader, tends to be last.
    /// </summary>
    private string Blackout(SimNode node, CrashKind kind, Rng rng)
    {
        foreach (var other in world.Nodes.Where(n => n != node && n.State == NodeState.Up).ToList())
        {
            other.Crash(kind);
            StartLater(other, 1000 * rng.Between(1, 600));
        }

        return ", and with it all others";
    }

    /// <summary>Ends whatever ails a node of the core.</summary>
    public void Restore(SimNode node)
    {
        node.HealDisk();
        node.Disk.Full = false;
        node.Disk.FailReads = node.Disk.FailWrites = node.Disk.FailSyncs = node.Disk.FailDirectorySyncs = 0;
        node.Resume();
        if (node.DiskFailed && node.State == NodeState.Up) node.Crash(CrashKind.KeepAll);
        if (node.State == NodeState.Down) Start(node);
    }

    /// <summary>A node outside the core is dead from here on.</summary>
    public void Bury(SimNode node)
    {
        if (node.State is NodeState.Up or NodeState.Paused) node.Crash(CrashKind.KeepAll);
        node.IsBuried = true;
        foreach (var other in world.Nodes)
        {
            if (other == node) continue;
            world.Network.Cut(node.Id, other.Id);
            world.Network.Cut(other.Id, node.Id);
        }
    }

    public void RestartLater(SimNode node)
    {
        var life = node.Life;
        var rng = world.Fork("operator", node.Id.Value * 1_000_003L + life);
        world.After(rng.Between(100_000, 3_000_000), "operator", () =>
        {
            if (node.Life != life || node.State == NodeState.Gone || node.IsBuried) return;
            if (node.State is NodeState.Up or NodeState.Paused) node.Crash(CrashKind.KeepAll);
            Start(node);
        });
    }

    private SimNode? Victim(FaultClass kind, Rng rng)
    {
        var up = world.Nodes.Where(n => n.State == NodeState.Up).ToList();
        if (up.Count == 0) return null;
        var leaders = world.Scenario.Leaders(world);
        var target = rng.Chance(0.4) && leaders.Count > 0 ? world.Node(rng.Pick(leaders)) : rng.Pick(up);
        if (!swarm.LoneVictim.IsNone)
            return world.Node(swarm.LoneVictim) is { State: NodeState.Up } lone ? lone : null;
        if (kind != FaultClass.Rot) return target;
        // Rot stays on one node a run, and off altogether once a disk was lost: two copies are what is promised.
        if (_replaced) return null;
        if (_rotVictim.IsNone && world.Scenario.MayRot(world, target)) _rotVictim = target.Id;
        if (_rotVictim.IsNone) return null;
        return world.Node(_rotVictim) is { State: NodeState.Up } victim && world.Scenario.MayRot(world, victim)
            ? victim
            : null;
    }

    private string? CleanRestart(SimNode node, Rng rng)
    {
        var back = rng.Between(1, 500) * 1000;
        if (DownCount() >= swarm.DownMax || node.State != NodeState.Up) return null;
        node.Close();
        StartLater(node, back);
        return $"clean restart {node.Id}, back in {back / 1000} ms";
    }

    private string? Pause(SimNode node, Rng rng)
    {
        var lasts = rng.Chance(0.9) ? LinkFaults.Duration(rng, 3_000_000) : LinkFaults.Duration(rng, 30_000_000);
        if (node.State != NodeState.Up) return null;
        node.Pause();
        var life = node.Life;
        world.After(lasts, "resume", () =>
        {
            if (node.Life == life) node.Resume();
        });
        return $"pause {node.Id} for {lasts / 1000} ms";
    }

    private string? SlowDisk(SimNode node, Rng rng)
    {
        var slowness = Math.Pow(10, 1 + 2 * rng.NextUnit());
        var lasts = LinkFaults.Duration(rng, 5_000_000);
        SlowDisk(node, slowness, lasts);
        return $"slow disk {node.Id} x{slowness:F0} for {lasts / 1000} ms";
    }

    public void SlowDisk(SimNode node, double slowness, long lastsMicros)
    {
        node.DiskSlowness = slowness;
        world.After(lastsMicros, "disk recovers", () => node.DiskSlowness = 1);
    }

    /// <summary>
    /// Kills a node as part of an episode, however many are down; <paramref name="again"/>: it is restarted once more
    /// in good order that much later, as operators do: what the crash cost must not be forgotten by it.
    /// </summary>
    public void CrashFor(SimNode node, CrashKind kind, long backMicros, long again)
    {
        if (node.State is not (NodeState.Up or NodeState.Paused)) return;
        node.Crash(kind);
        StartLater(node, backMicros);
        if (again > 0) RestartAgain(node, backMicros + again);
    }

    private void RestartAgain(SimNode node, long afterMicros)
    {
        var life = node.Life + 1;
        world.After(afterMicros, "restart again", () =>
        {
            if (node.Life != life || node.State != NodeState.Up || world.Nemesis.IsOver) return;
            node.Close();
            StartLater(node, 2_000);
        });
    }

    private string? FullDisk(SimNode node, Rng rng)
    {
        var lasts = LinkFaults.Duration(rng, 5_000_000);
        node.Disk.Full = true;
        world.After(lasts, "space again", () => node.Disk.Full = false);
        return $"full disk {node.Id} for {lasts / 1000} ms";
    }

    private string? DiskError(SimNode node, Rng rng)
    {
        var what = (int)rng.Below(3);
        if (rng.Chance(swarm.NameErrorShare))
        {
            node.Disk.FailDirectorySyncs = 1;
            return $"disk error {node.Id}: next sync of the directory refused";
        }

        if (what == 0) node.Disk.FailWrites = 1;
        else if (what == 1) node.Disk.FailSyncs = 1;
        else node.Disk.FailReads = 1;
        return $"disk error {node.Id}: next {(what == 0 ? "write" : what == 1 ? "sync" : "read")} refused";
    }

    private static string? Rot(SimNode node, Rng rng)
    {
        if (rng.Chance(0.3))
        {
            node.Disk.MisdirectSoon();
            return $"misdirected write {node.Id}";
        }

        return node.Disk.RotOneBit() ? $"bit rot {node.Id}" : null;
    }

    private string? ClockJump(SimNode node, Rng rng)
    {
        var by = rng.Between(-5_000, 5_000) * 1000;
        if (rng.Chance(0.5))
        {
            node.Clock.Jump(world.NowMicros, by);
            return $"clock of {node.Id} jumps by {by / 1000} ms";
        }

        var ppm = rng.Between(-500, 500);
        node.Clock.Drift(world.NowMicros, ppm);
        return $"clock of {node.Id} drifts by {ppm} ppm";
    }

    private string? Wipe(SimNode node, Rng rng)
    {
        var back = rng.Between(10, 3_000) * 1000;
        if (world.Plan.Bug == BugNames.WipedKeepsId)
        {
            node.LoseDisk();
            StartLater(node, back);
            return $"disk of {node.Id} lost; it comes back empty under its old id in {back / 1000} ms";
        }

        if (!_rotVictim.IsNone || !world.Scenario.MayLoseDisk(world, node)) return null;
        _replaced = true;
        var fresh = Replace(node);
        StartLater(fresh, back);
        return $"disk of {node.Id} lost; {fresh.Id} takes its place in {back / 1000} ms";
    }

    private int DownCount() => world.Nodes.Count(n => n.State is NodeState.Down or NodeState.Paused);

    private void StartLater(SimNode node, long delayMicros)
    {
        var life = node.Life;
        world.After(delayMicros, "restart", () =>
        {
            if (node.Life == life && node.State == NodeState.Down && !node.IsBuried) Start(node);
        });
    }

    private void Start(SimNode node)
    {
        if (node.Start() || world.Violation is not null) return;
        if (!node.IsDamaged)
        {
            // A full or failing disk: its operator tries again until it works.
            StartLater(node, 500_000);
            return;
        }

        Rejoin(node);
    }

    /// <summary>
    /// A journal that may not be used any more: the node joins again under a new id, once that is safe.
    /// </summary>
    private void Rejoin(SimNode node)
    {
        if (world.Nemesis.IsOver) return;
        if (!world.Scenario.MayLoseDisk(world, node))
        {
            world.After(500_000, "rejoin", () => Rejoin(node));
            return;
        }

        _replaced = true;
        StartLater(Replace(node), 100_000);
    }

    private SimNode Replace(SimNode node)
    {
        node.Wipe();
        // An id whose promises are forgotten must never speak again: the newcomer has another.
        var fresh = world.AddNode(new NodeId(world.Nodes.Max(n => n.Id.Value) + 1), node.Region);
        world.Scenario.Replaced(world, node, fresh);
        return fresh;
    }
}
