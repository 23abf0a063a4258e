using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>
/// Faults that belong together: the situations that the rules of replication were made for, and that single faults
/// bring about only by accident.
/// </summary>
internal sealed class Episodes(World world, NodeFaults nodes, LinkFaults links)
{
    public string? Play(FaultClass kind, Rng rng) => kind switch
    {
        FaultClass.HeldLeader => HoldLeader(rng),
        FaultClass.Forgetting => Forget(rng),
        FaultClass.Isolation => Isolate(rng),
        FaultClass.Succession => Succession(rng),
        _ => throw Check.Unreachable(kind),
    };

    /// <summary>
    /// Everything a leader says is held back, and it does not notice: the others choose another one, and then what it
    /// said arrives. Often the new one is gone again by then.
    /// </summary>
    private string? HoldLeader(Rng rng)
    {
        var leaders = world.Scenario.Leaders(world);
        if (leaders.Count == 0) return null;
        var old = rng.Pick(leaders);
        var lasts = LinkFaults.Duration(rng, 600_000, 5_000_000);
        var both = rng.Chance(0.4);
        var until = world.NowMicros + lasts;
        var first = rng.Below(3);
        foreach (var other in Up().Where(n => n.Id != old))
        {
            // One link may come free before the others: whoever is told first is told the old story.
            var free = first == 0 ? until - rng.Below(lasts / 2) : until;
            world.Network.Clog(old, other.Id, free);
            if (both) world.Network.Clog(other.Id, old, until);
        }

        if (rng.Chance(0.7)) world.Control.Away(old, until + rng.Below(1_000_000));
        var node = world.Node(old);
        var back = rng.Chance(0.6) ? lasts + rng.Below(500_000) : 0;
        if (back > 0) node.Clock.Jump(world.NowMicros, -back);
        var ends = rng.Chance(0.5);
        var away = 1000 * rng.Between(300, 3_000);
        if (ends)
        {
            world.At(until - rng.Below(lasts / 3), "successor dies", () =>
            {
                if (world.Nemesis.IsOver) return;
                foreach (var successor in world.Scenario.Leaders(world))
                    if (successor != old) nodes.CrashFor(world.Node(successor), CrashKind.KeepAll, away, again: 0);
            });
        }

        return $"hold back {old} for {lasts / 1000} ms{(both ? " both ways" : "")}" +
            (back > 0 ? $", its clock goes back by {back / 1000} ms" : "") + (ends ? ", its successor dies" : "");
    }

    /// <summary>
    /// Disks are slow, so that much is in memory only; then the power goes at some nodes. They come back one by one,
    /// often once more in good order, and those that kept their memory are not heard for a while.
    /// </summary>
    private string? Forget(Rng rng)
    {
        var slow = rng.Between(20, 300);
        var lasts = rng.Between(100_000, 900_000);
        var kind = rng.Chance(0.8) ? CrashKind.DropAll : CrashKind.Mixed;
        foreach (var node in Up()) nodes.SlowDisk(node, slow, lasts + 500_000);
        world.After(lasts, "power goes", () =>
        {
            if (world.Nemesis.IsOver) return;
            var leaders = world.Scenario.Leaders(world);
            var up = Up();
            var forgets = up.Where(n => rng.Chance(leaders.Contains(n.Id) ? 0.9 : 0.6)).ToList();
            var last = rng.Chance(0.5) ? 1 : 4;
            foreach (var node in forgets)
            {
                var back = 1000 * rng.Between(1, 500);
                if (leaders.Contains(node.Id)) back *= last;
                nodes.CrashFor(node, kind, back, again: rng.Chance(0.6) ? 1000 * rng.Between(5, 60) : 0);
            }

            if (rng.Chance(0.5))
                links.Separate(forgets.Select(n => n.Id), up.Except(forgets).Select(n => n.Id), rng.Below(4_000_000));
            world.Trace($"power gone at {string.Join(' ', forgets.Select(n => n.Id))}");
        });
        return $"slow disks x{slow} for {lasts / 1000} ms, then the power goes at some";
    }

    /// <summary>
    /// A few are cut off from the rest, and one side alone reaches the control plane; sometimes they change parts.
    /// </summary>
    private string? Isolate(Rng rng)
    {
        var up = Up().Select(n => n.Id).ToList();
        if (up.Count < 2) return null;
        rng.Shuffle(up);
        var leaders = world.Scenario.Leaders(world);
        var few = up.Take(rng.Chance(0.7) ? 1 : (int)rng.Between(1, up.Count - 1)).ToList();
        if (rng.Chance(0.6)) few = [.. up.Where(n => !leaders.Contains(n)).Take(few.Count)];
        if (few.Count == 0) return null;
        var many = up.Except(few).ToList();
        return Isolate(few, many, rng.Chance(0.7), LinkFaults.Duration(rng, 800_000, 8_000_000), rng);
    }

    /// <summary>The one that has just acted, alone or with another, against the rest.</summary>
    public string? IsolateAround(NodeId node, Rng rng)
    {
        var others = Up().Select(n => n.Id).Where(n => n != node).ToList();
        rng.Shuffle(others);
        List<NodeId> few = rng.Chance(0.7) ? [node, .. others.Take(1)] : [node];
        var many = others.Except(few).ToList();
        if (many.Count == 0) return null;
        return Isolate(few, many, rng.Chance(0.4), LinkFaults.Duration(rng, 400_000, 4_000_000), rng);
    }

    private string Isolate(List<NodeId> few, List<NodeId> many, bool fewReachControl, long lasts, Rng rng)
    {
        var swaps = rng.Chance(0.4);
        var (first, second) = fewReachControl ? (many, few) : (few, many);
        links.Separate(few, many, lasts);
        var until = world.NowMicros + lasts;
        foreach (var node in first) world.Control.Away(node, swaps ? world.NowMicros + (lasts / 2) : until);
        if (swaps)
        {
            world.After(lasts / 2, "control plane changes sides", () =>
            {
                if (world.Nemesis.IsOver) return;
                foreach (var node in second) world.Control.Away(node, until);
            });
        }

        return $"isolate {string.Join(' ', few)} for {lasts / 1000} ms; the control plane is away from " +
            $"{string.Join(' ', first)}{(swaps ? ", then from the others" : "")}";
    }

    /// <summary>For a while whoever promises, opens or takes a role is likely to die of it, and soon back.</summary>
    private string Succession(Rng rng)
    {
        var lasts = rng.Between(1_000_000, 6_000_000);
        var chance = 0.02 + (0.08 * rng.NextUnit());
        world.Nemesis.Hurry(world.NowMicros + lasts, chance);
        return $"deaths at turning points, {chance:F2} for {lasts / 1000} ms";
    }

    private List<SimNode> Up() => [.. world.Nodes.Where(n => n.State == NodeState.Up)];
}
