namespace Outrider.Runtime;

/// <summary>
/// What a thread owes to the pumps that it has posted to while it runs callers one after the other: each of them is
/// helped once at the end, with all that was posted, instead of being woken for the first.
/// </summary>
internal sealed class Cork
{
    [ThreadStatic]
    private static Cork? _current;

    private readonly List<Pump> _owed = [];
    private long _sinceMicros;

    /// <summary>Of this thread; null while it is not corked.</summary>
    public static Cork? Current => _current;

    public static Cork Put() => _current = new Cork();

    /// <summary>A caller that works for long must not hold up those that came before.</summary>
    public bool IsOld(long nowMicros, long ageMaxMicros) => _owed.Count > 0 && nowMicros - _sinceMicros > ageMaxMicros;

    public void Owe(Pump pump)
    {
        if (_owed.Count == 0) _sinceMicros = MonotonicClock.NowMicros;
        // The last one nearly always: a process has few nodes, and a caller stays with one.
        if (_owed.Count > 0 && ReferenceEquals(_owed[^1], pump)) return;
        if (!_owed.Contains(pump)) _owed.Add(pump);
    }

    /// <summary>Helps all that is owed to, uncorked meanwhile.</summary>
    public void Pay()
    {
        if (_owed.Count == 0) return;
        _current = null;
        foreach (var pump in _owed) pump.Help();
        _owed.Clear();
        _current = this;
    }

    public void Pull()
    {
        Pay();
        _current = null;
    }
}
