using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>One switched-on disturbance, as <c>chaos ls</c> shows it.</summary>
/// <param name="From">A node's or region's name, or "*".</param>
/// <param name="To">Likewise.</param>
/// <param name="Cut">Frames of that direction vanish.</param>
/// <param name="ExtraMs">Delay on top of the emulated one, one way.</param>
public sealed record LinkDisturbance(string From, string To, bool Cut, double ExtraMs);

/// <summary>
/// How links between nodes behave, as far as it is emulated: wide-area delay between regions, jitter, and the
/// disturbances that <c>chaos</c> switches on and off. Every sender of a process asks the same one; it holds for frames
/// between nodes only, never for clients.
/// </summary>
public sealed class LinkConditions
{
    private readonly Lock _gate = new();
    private readonly Dictionary<NodeId, (string Name, string Region)> _nodes = [];
    private readonly Dictionary<(string, string), double> _oneWayMs = [];
    private volatile LinkDisturbance[] _disturbances = [];
    private volatile bool _anyDistance;

    /// <summary>The longest random addition to a delay, in milliseconds; order within a link is kept.</summary>
    public double JitterMs { get; init; }

    /// <summary>Makes a node known, so that rules can name it or its region.</summary>
    public void AddNode(NodeId id, string name, string region)
    {
        lock (_gate) _nodes[id] = (name, region);
    }

    /// <summary>Sets the round trip between two regions, or two nodes, in milliseconds (0 to 60,000).</summary>
    public void SetRtt(string a, string b, double rttMs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rttMs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rttMs, 60_000);
        lock (_gate)
        {
            _oneWayMs[(a, b)] = _oneWayMs[(b, a)] = rttMs / 2;
            _anyDistance = true;
        }
    }

    public IReadOnlyList<LinkDisturbance> Disturbances => _disturbances;

    /// <summary>Cuts what <paramref name="from"/> sends to <paramref name="to"/>; both ways unless one-way.</summary>
    public void Partition(string from, string to, bool oneWay = false)
    {
        Add(new LinkDisturbance(from, to, Cut: true, 0));
        if (!oneWay) Add(new LinkDisturbance(to, from, Cut: true, 0));
    }

    /// <summary>Adds a delay to what one sends to the other; half of it each way unless one-way.</summary>
    public void Delay(string from, string to, double ms, bool oneWay = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ms);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ms, 60_000);
        Add(new LinkDisturbance(from, to, Cut: false, oneWay ? ms : ms / 2));
        if (!oneWay) Add(new LinkDisturbance(to, from, Cut: false, ms / 2));
    }

    /// <summary>Takes every disturbance back; the delay between regions stays.</summary>
    public int Heal()
    {
        lock (_gate)
        {
            var count = _disturbances.Length;
            _disturbances = [];
            return count;
        }
    }

    /// <summary>False when a frame sent now would vanish; otherwise its delay, one way, in microseconds.</summary>
    public bool TryPass(NodeId from, NodeId to, out long delayMicros)
    {
        delayMicros = 0;
        if (!_anyDistance && _disturbances.Length == 0) return true;
        lock (_gate)
        {
            var a = Find(from);
            var b = Find(to);
            var ms = _oneWayMs.TryGetValue((a.Name, b.Name), out var byName) ? byName
                : _oneWayMs.GetValueOrDefault((a.Region, b.Region));
            foreach (var one in _disturbances)
            {
                if (!Matches(one.From, a) || !Matches(one.To, b)) continue;
                if (one.Cut) return false;
                ms += one.ExtraMs;
            }

            if (ms > 0 && JitterMs > 0) ms += Random.Shared.NextDouble() * JitterMs;
            delayMicros = (long)(ms * 1000);
            return true;
        }
    }

    private (string Name, string Region) Find(NodeId id) =>
        _nodes.TryGetValue(id, out var known) ? known : (id.ToString(), "");

    private static bool Matches(string rule, (string Name, string Region) node) =>
        rule == "*" || string.Equals(rule, node.Name, StringComparison.Ordinal)
        || string.Equals(rule, node.Region, StringComparison.Ordinal);

    private void Add(LinkDisturbance one)
    {
        lock (_gate)
            if (!_disturbances.Contains(one)) _disturbances = [.. _disturbances, one];
    }
}
