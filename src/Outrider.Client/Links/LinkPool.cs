using System.Net;
using Outrider.Client.Wire;

namespace Outrider.Client.Links;

/// <summary>
/// The links of one client, at most one a node, made when first needed. A node that could not be reached is left alone
/// for a moment while others are tried.
/// </summary>
internal sealed class LinkPool(IReadOnlyList<DnsEndPoint> seeds, ClientOptions options) : IAsyncDisposable
{
    private const long RestMs = 1_000;
    private readonly Lock _lock = new();
    private readonly List<Slot> _slots = [.. seeds.Select(seed => new Slot(seed, options.InFlightMax))];
    private ClusterMap? _map;
    private bool _disposed;

    public ClusterMap? Map => Volatile.Read(ref _map);

    /// <summary>Connects to the first endpoint that answers, and learns the layout from it.</summary>
    public async Task OpenFirstAsync(CancellationToken cancellation)
    {
        var link = await AnyAsync(cancellation).ConfigureAwait(false);
        if (options.RouteToHome) await LearnAsync(link, cancellation).ConfigureAwait(false);
    }

    /// <summary>The link that a call is best made on: the key's home, or any that works, not <paramref name="avoid"/>
    /// if there is another.</summary>
    public async Task<Link> ForAsync(string? key, Link? avoid, CancellationToken cancellation)
    {
        if (key is not null && options.RouteToHome && Map is { } map)
        {
            foreach (var home in map.Homes(key))
            {
                if (map.EndpointOf(home) is not { } endpoint || avoid?.Endpoint.Equals(endpoint) == true) continue;
                if (await TryAsync(SlotOf(endpoint), cancellation).ConfigureAwait(false) is { } link) return link;
            }
        }

        return await AnyAsync(cancellation, avoid).ConfigureAwait(false);
    }

    /// <summary>Any link that works.</summary>
    /// <exception cref="LinkLostException">No node can be reached.</exception>
    public async Task<Link> AnyAsync(CancellationToken cancellation, Link? avoid = null)
    {
        List<Slot> slots;
        lock (_lock) slots = [.. _slots];
        // Open links first: a call must not wait for a connection attempt while another node is at hand.
        foreach (var slot in slots.OrderBy(slot => slot.Open is null ? 1 : 0))
        {
            if (avoid is not null && slot.Endpoint.Equals(avoid.Endpoint)) continue;
            if (await TryAsync(slot, cancellation).ConfigureAwait(false) is { } link) return link;
        }

        if (avoid is { IsLost: false }) return avoid;
        lock (_lock)
            foreach (var slot in slots) slot.FailedAtMs = long.MinValue / 2;
        var reason = slots.Select(slot => slot.Failure).FirstOrDefault(text => text is not null) ?? "no node is "
            + "reachable";
        throw new LinkLostException(reason, null);
    }

    /// <summary>Opens a link of its own to any node, for a subscription.</summary>
    public async Task<Link> OpenOwnAsync(
        string? key, Func<RespValue, ValueTask> onPush, CancellationToken cancellation)
    {
        // Whoever answers on the shared link is alive; a second connection goes to the same node.
        var shared = await ForAsync(key, avoid: null, cancellation).ConfigureAwait(false);
        return await Link.OpenAsync(shared.Endpoint, options, onPush, cancellation).ConfigureAwait(false);
    }

    /// <summary>Waits for room among the commands outstanding to a node; disposing gives the place back.</summary>
    public async Task<Turn> TurnAsync(Link link, CancellationToken cancellation)
    {
        var turns = SlotOf(link.Endpoint).Turns;
        await turns.WaitAsync(cancellation).ConfigureAwait(false);
        return new Turn(turns);
    }

    public async ValueTask DisposeAsync()
    {
        List<Slot> slots;
        lock (_lock)
        {
            _disposed = true;
            slots = [.. _slots];
        }

        foreach (var slot in slots)
            if (slot.Open is { } link) await link.DisposeAsync().ConfigureAwait(false);
    }

    private async Task LearnAsync(Link link, CancellationToken cancellation)
    {
        var reply = await link.SendAsync(new CommandWriter().Word("LOG.LAYOUT").Finish()).WaitAsync(cancellation)
            .ConfigureAwait(false);
        // A node that is just starting cannot say; the client then uses the endpoints that it was given.
        if (reply.IsError) return;
        var map = ClusterMap.Read(reply);
        Volatile.Write(ref _map, map);
        foreach (var endpoint in map.Endpoints)
            if (endpoint is not null) SlotOf(endpoint);
    }

    private Slot SlotOf(DnsEndPoint endpoint)
    {
        lock (_lock)
        {
            foreach (var slot in _slots)
                if (slot.Endpoint.Equals(endpoint)) return slot;
            var added = new Slot(endpoint, options.InFlightMax);
            _slots.Add(added);
            return added;
        }
    }

    private async Task<Link?> TryAsync(Slot slot, CancellationToken cancellation)
    {
        Task<Link> opening;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(OutriderClient));
            if (slot.Open is { } open) return open;
            if (Environment.TickCount64 - slot.FailedAtMs < RestMs) return null;
            // All that need this node wait for one attempt, which none of them can cancel for the others.
            if (slot.Opening is null or { IsCompleted: true })
                slot.Opening = Link.OpenAsync(slot.Endpoint, options, onPush: null, CancellationToken.None);
            opening = slot.Opening;
        }

        try
        {
            var link = await opening.WaitAsync(cancellation).ConfigureAwait(false);
            lock (_lock) slot.Latest = link;
            return link.IsLost ? null : link;
        }
        catch (LinkLostException lost)
        {
            lock (_lock)
            {
                slot.FailedAtMs = Environment.TickCount64;
                slot.Failure = lost.Message;
            }

            return null;
        }
    }

    /// <summary>A place among the commands outstanding to one node.</summary>
    internal readonly struct Turn(SemaphoreSlim turns) : IDisposable
    {
        public void Dispose() => turns.Release();
    }

    private sealed class Slot(DnsEndPoint endpoint, int inFlightMax)
    {
        public DnsEndPoint Endpoint => endpoint;
        public SemaphoreSlim Turns { get; } = new(inFlightMax);
        public Link? Latest { get; set; }
        public Task<Link>? Opening { get; set; }
        public long FailedAtMs { get; set; } = long.MinValue / 2;
        public string? Failure { get; set; }

        /// <summary>The link, if there is one that works.</summary>
        public Link? Open => Latest is { IsLost: false } link ? link : null;
    }
}
