using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>
/// What the log trims of itself, held against true time: nothing goes that is younger than the retention says.
/// </summary>
internal sealed class LogRetained(World world, LogScenario scenario)
{
    // Clocks of nodes run fast by less.
    private const double Slack = 0.99;
    private readonly List<(Position End, long Micros)> _ends = [];
    private Position _trimmed;
    private long _facts;
    private string? _problem;

    public void Stepped(LogNode machine)
    {
        var tail = machine.State.TailPosition;
        if (_ends.Count == 0 || tail > _ends[^1].End) _ends.Add((tail, world.NowMicros));
        if (machine.State.Trimmed <= _trimmed) return;
        _trimmed = machine.State.Trimmed;
        var history = scenario.History;
        history.TrimmedBelow = history.RetainedFrom = _trimmed;
        var options = scenario.Setup.Options;
        // By size: how much has come, only the leader of the time could tell.
        if (options.RetentionBytes > 0) return;
        _facts++;
        var age = world.NowMicros - _ends[_ends.FindIndex(end => end.End >= _trimmed)].Micros;
        if (age < options.RetentionMicros * Slack)
            _problem ??= $"{_trimmed} was trimmed {age / 1000} ms after the log had come so far, " +
                $"and {options.RetentionMicros / 1000} ms are to be kept";
    }

    public CheckerReport Judge() => new("retention", _facts, _problem);
}
