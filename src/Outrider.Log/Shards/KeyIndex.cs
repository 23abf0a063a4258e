namespace Outrider.Log;

/// <summary>Confirmed positions by key, ascending, above each key's floor.</summary>
internal sealed class KeyIndex
{
    private readonly Dictionary<string, Positions> _keys = [];
    private readonly SortedSet<string> _groupStreams = new(StringComparer.Ordinal);

    private sealed class Positions
    {
        public readonly List<long> Items = [];
        public long Floor;
    }

    /// <summary>The streams of consumer groups among the keys.</summary>
    public IReadOnlyCollection<string> GroupStreams => _groupStreams;

    public void Add(string key, Position position)
    {
        var positions = Of(key);
        if (position.Value < positions.Floor) return;
        var items = positions.Items;
        if (items.Count == 0 || items[^1] < position.Value)
        {
            items.Add(position.Value);
            return;
        }

        // Sub-logs of a shard are read side by side: an earlier one may come in later.
        var at = items.BinarySearch(position.Value);
        if (at < 0) items.Insert(~at, position.Value);
    }

    /// <summary>Raises a floor; returns how many records it hides.</summary>
    public long Raise(string key, Position below)
    {
        var positions = Of(key);
        if (below.Value <= positions.Floor) return 0;
        positions.Floor = below.Value;
        return Cut(positions, below.Value);
    }

    /// <summary>Forgets everything below a position, of all keys.</summary>
    public void Trim(Position below)
    {
        List<string>? empty = null;
        foreach (var (key, positions) in _keys)
        {
            Cut(positions, below.Value);
            if (positions.Items.Count == 0 && positions.Floor <= below.Value) (empty ??= []).Add(key);
        }

        if (empty is null) return;
        foreach (var key in empty)
        {
            _keys.Remove(key);
            _groupStreams.Remove(key);
        }
    }

    /// <summary>Forgets single positions, ascending, whatever their keys.</summary>
    public void Remove(List<Position> gone)
    {
        foreach (var (_, positions) in _keys)
            positions.Items.RemoveAll(item => gone.BinarySearch(new(item)) >= 0);
    }

    public Position Floor(string key) => new(_keys.TryGetValue(key, out var positions) ? positions.Floor : 0);

    /// <summary>Floors above a position, by key in order.</summary>
    public List<KeyFloor> FloorsAbove(Position position)
    {
        var floors = new List<KeyFloor>();
        foreach (var (key, positions) in _keys)
            if (positions.Floor > position.Value) floors.Add(new(key, new(positions.Floor)));
        floors.Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        return floors;
    }

    public (long Count, Position? First, Position? Last) Info(string key) =>
        _keys.TryGetValue(key, out var positions) && positions.Items.Count > 0
            ? (positions.Items.Count, new Position(positions.Items[0]), new Position(positions.Items[^1]))
            : (0, null, null);

    /// <summary>The first record at a position or above; null: none.</summary>
    public Position? FirstFrom(string key, Position from)
    {
        if (!_keys.TryGetValue(key, out var positions)) return null;
        var at = positions.Items.BinarySearch(from.Value);
        if (at < 0) at = ~at;
        return at < positions.Items.Count ? new(positions.Items[at]) : null;
    }

    public long CountBelow(string key, Position below)
    {
        if (!_keys.TryGetValue(key, out var positions)) return 0;
        var at = positions.Items.BinarySearch(below.Value);
        return at < 0 ? ~at : at;
    }

    /// <summary>Positions within [from, to] in the order asked for, at most <paramref name="max"/>.</summary>
    public List<Position> Range(string key, Position from, Position to, int max, bool descending)
    {
        var found = new List<Position>();
        if (!_keys.TryGetValue(key, out var positions)) return found;
        var items = positions.Items;
        var low = items.BinarySearch(from.Value);
        if (low < 0) low = ~low;
        var high = items.BinarySearch(to.Value);
        high = high < 0 ? ~high - 1 : high;
        for (var i = 0; i < max && i <= high - low; i++) found.Add(new(items[descending ? high - i : low + i]));
        return found;
    }

    private Positions Of(string key)
    {
        if (_keys.TryGetValue(key, out var positions)) return positions;
        if (GroupCodec.IsGroupStream(key)) _groupStreams.Add(key);
        return _keys[key] = new();
    }

    private static int Cut(Positions positions, long below)
    {
        var at = positions.Items.BinarySearch(below);
        if (at < 0) at = ~at;
        positions.Items.RemoveRange(0, at);
        return at;
    }
}
