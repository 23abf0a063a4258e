namespace Outrider.Runtime;

/// <summary>Work that a thread has taken on while it was busy with something else.</summary>
public interface IOwed
{
    /// <summary>The smallest first: what costs little and is waited for, before what may take long.</summary>
    int Rank { get; }

    /// <summary>Does it on this thread.</summary>
    void Settle();

    /// <summary>Has it done by another thread.</summary>
    void HandOff();
}

/// <summary>
/// What a thread owes to those that it has brought something to while it was at something else: a node's turn, the
/// sending of replies, the answers to callers. Done by the same thread afterwards, all that came together in one go,
/// instead of waking another thread for the first of it: a wake costs more than most turns do.
/// </summary>
public sealed class Cork
{
    /// <summary>Then others go on: this thread has other work too.</summary>
    private const int SettledMax = 32;

    [ThreadStatic]
    private static Cork? _current;

    private readonly List<IOwed> _owed = [];
    private readonly bool _maySettleCallers;
    private readonly int _settledMax;
    private long _sinceMicros;

    private Cork(bool maySettleCallers, int settledMax) =>
        (_maySettleCallers, _settledMax) = (maySettleCallers, settledMax);

    /// <summary>Of this thread; null while it is not corked.</summary>
    public static Cork? Current => _current;

    /// <summary>Whether what callers do with their answers may run on this thread, however long it takes.</summary>
    public bool MaySettleCallers => _maySettleCallers;

    /// <summary>Corks a thread of the pool; null if it is corked already, by somebody who will pay.</summary>
    public static Cork? Put() => _current is null ? _current = new Cork(maySettleCallers: true, SettledMax) : null;

    /// <summary>Corks a thread that a node needs back soon.</summary>
    internal static Cork? PutOnOwnThread(int settledMax) =>
        _current is null ? _current = new Cork(maySettleCallers: false, settledMax) : null;

    /// <summary>A caller that works for long must not hold up those that came before.</summary>
    public bool IsOld(long nowMicros, long ageMaxMicros) => _owed.Count > 0 && nowMicros - _sinceMicros > ageMaxMicros;

    /// <summary>Notes a debt; one that is noted already is not noted twice.</summary>
    public void Owe(IOwed owed)
    {
        if (_owed.Count == 0) _sinceMicros = MonotonicClock.NowMicros;
        // A process has few nodes, and a thread few connections at a time.
        if (!_owed.Contains(owed)) _owed.Add(owed);
    }

    /// <summary>Settles what is owed, and what that gives rise to, up to a bound; the rest is handed off.</summary>
    public void Pay()
    {
        for (var settled = 0; _owed.Count > 0; settled++)
        {
            var next = 0;
            for (var i = 1; i < _owed.Count; i++)
                if (_owed[i].Rank < _owed[next].Rank) next = i;
            var owed = _owed[next];
            _owed.RemoveAt(next);
            if (settled < _settledMax) owed.Settle();
            else owed.HandOff();
        }
    }

    /// <summary>Pays and uncorks.</summary>
    public void Pull()
    {
        Pay();
        _current = null;
    }
}
