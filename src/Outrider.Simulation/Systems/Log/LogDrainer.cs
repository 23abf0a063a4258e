using Outrider.Core;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>An operator who now and then takes a node's sub-logs out of the order for a while, and lets it back in.
/// </summary>
internal sealed class LogDrainer(World world, LogScenario scenario)
{
    private const long RetryMicros = 2_000_000;
    private const int LastWords = 12;
    private readonly Rng _rng = world.Fork("log-drainer");
    private readonly SortedSet<NodeId> _drained = [];

    public void Start() => world.After(Pause(), "drain", Drain);

    /// <summary>Everybody takes part again.</summary>
    public void Stop()
    {
        _drained.Clear();
        // A word that was given up is repeated by its gateway up to its deadline, and may be heard last.
        for (var i = 0; i < LastWords; i++)
            world.After(1 + (i * RetryMicros), "undrain", () =>
            {
                foreach (var node in world.Nodes) Ask(node.Id, drain: false);
            });
    }

    private long Pause() => 1 + (long)_rng.Exponential(scenario.Setup.AdminMeanMicros);

    private void Drain()
    {
        if (!scenario.MayGiveUp) return;
        var node = _rng.Pick(world.Nodes.ToList()).Id;
        if (_drained.Add(node))
        {
            Ask(node, drain: true);
            world.After(_rng.Between(500_000, 6_000_000), "undrain", () =>
            {
                if (_drained.Remove(node)) Ask(node, drain: false);
            });
        }

        world.After(Pause(), "drain", Drain);
    }

    private void Ask(NodeId node, bool drain)
    {
        var up = world.Nodes.Where(n => n.State == NodeState.Up).Select(n => n.Id).ToList();
        var done = false;
        if (up.Count > 0)
            world.Ask(_rng.Pick(up), new LogDrain(node, drain), (reply, _) => done |= reply is LogReply.Done);
        // A leader forgets with its term who is drained, but nobody else lets a node back in.
        if (!drain && scenario.MayGiveUp) world.After(RetryMicros, "undrain", () =>
        {
            if (!done && !_drained.Contains(node)) Ask(node, drain: false);
        });
    }
}
