using Outrider.Core;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>An operator who now and then trims what every follower has confirmed, whatever consumer groups still need.
/// </summary>
internal sealed class LogTrimmer(World world, LogScenario scenario)
{
    private readonly Rng _rng = world.Fork("log-trimmer");

    public void Start() => world.After(Pause(), "trim", Trim);

    private long Pause() => 1 + (long)_rng.Exponential(scenario.Setup.AdminMeanMicros);

    private void Trim()
    {
        var below = new Position(Math.Max(0, scenario.SlowestReader.Value - _rng.Below(scenario.Setup.TrimSlackMax)));
        var up = world.Nodes.Where(n => n.State == NodeState.Up).Select(n => n.Id).ToList();
        if (up.Count > 0 && below > scenario.History.TrimmedBelow)
        {
            // Counted as trimmed from the moment it is asked for: the request may be carried out unheard.
            scenario.History.TrimmedBelow = below;
            world.Ask(_rng.Pick(up), new LogTrim(below), static (_, _) => { });
        }

        world.After(Pause(), "trim", Trim);
    }
}
