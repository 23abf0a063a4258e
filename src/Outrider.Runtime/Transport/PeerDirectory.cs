using System.Net;
using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>
/// Who may be a peer and where it listens. Filled from the layout and the addresses that nodes publish; changes at run
/// time (a node added, a port moved) take effect at the next dial.
/// </summary>
public sealed class PeerDirectory
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<NodeId, (string Name, EndPoint? Address)> _peers = [];

    /// <summary>Admits a node, or moves its address.</summary>
    public void Set(NodeId id, string name, EndPoint? address)
    {
        lock (_gate) _peers[id] = (name, address);
    }

    public void Remove(NodeId id)
    {
        lock (_gate) _peers.Remove(id);
    }

    /// <summary>The node's name; null when it is not of this cluster.</summary>
    public string? NameOf(NodeId id)
    {
        lock (_gate) return _peers.TryGetValue(id, out var peer) ? peer.Name : null;
    }

    /// <summary>Where to dial; null while that is not known.</summary>
    public EndPoint? AddressOf(NodeId id)
    {
        lock (_gate) return _peers.TryGetValue(id, out var peer) ? peer.Address : null;
    }
}
