namespace Outrider.Simulation;

/// <summary>What a play waits for.</summary>
/// <param name="Given">Looked at after every step of every node.</param>
/// <param name="PatienceMicros">When it goes on all the same.</param>
internal sealed record Cue(Func<bool> Given, long PatienceMicros)
{
    /// <summary>Whether it was given, once the play goes on.</summary>
    public bool Came { get; set; }
}

/// <summary>Carries a play on, in the very step that gives its cue; one at a time. All links work after it.</summary>
internal sealed class Stage(World world)
{
    private IEnumerator<Cue>? _play;
    private int _acts;

    public bool IsBusy => _play is not null;

    public void Begin(IEnumerator<Cue> play)
    {
        _play = play;
        GoOn();
    }

    public void AfterStep()
    {
        if (_play is null) return;
        if (world.Nemesis.IsOver) _play = null;
        else if (_play.Current.Given()) GoOn(came: true);
    }

    private void GoOn(bool came = false)
    {
        var play = _play!;
        // What it does now makes nodes step: they must not find the old cue.
        _play = null;
        if (play.Current is { } last)
        {
            last.Came = came;
            world.Trace(came ? "CUE" : "CUE missed");
        }

        if (!play.MoveNext())
        {
            world.Trace("CURTAIN");
            world.Network.HealAll();
            world.Control.HealAll();
            return;
        }

        _play = play;
        // Each act cuts links or ends lives, as a fault of the schedule does.
        world.Nemesis.Record(new FaultId(FaultClass.Play, ++_acts, 0), "act");
        var cue = play.Current;
        world.After(cue.PatienceMicros, "cue", () =>
        {
            if (_play == play && ReferenceEquals(play.Current, cue) && !world.Nemesis.IsOver) GoOn();
        });
    }
}
