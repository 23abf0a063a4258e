namespace Outrider.Simulation;

/// <summary>
/// What a disk was asked for in a slow moment and has not done. Healing ends it: an operation would otherwise carry the
/// fault on, for as long as it was drawn to take.
/// </summary>
internal sealed class SlowOperations
{
    private readonly SortedDictionary<long, (SimEventKind Kind, object Body)> _waiting = [];
    private long _last;

    /// <summary>The number that the event of its end carries.</summary>
    public long Add(SimEventKind kind, object body)
    {
        _waiting.Add(++_last, (kind, body));
        return _last;
    }

    /// <summary>False when the operation was ended by healing; this is the end that was drawn for it.</summary>
    public bool Ends(in SimEvent item) =>
        item.Kind is not (SimEventKind.SyncEnds or SimEventKind.ReadEnds) || item.Number == 0
        || _waiting.Remove(item.Number);

    /// <summary>Those that wait, in the order in which they were asked for; they end elsewhere from here on.</summary>
    public List<(SimEventKind Kind, object Body)> TakeAll()
    {
        List<(SimEventKind, object)> all = [.. _waiting.Values];
        _waiting.Clear();
        return all;
    }
}
