using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>Merges what a turn sends into one frame a peer, or few when they would grow too large.</summary>
internal sealed class PeerBatches(INodeTransport transport)
{
    private readonly SortedTable<NodeId, MessageBatch> _byPeer = [];

    public void Add(NodeId to, Message message)
    {
        if (!_byPeer.TryGetValue(to, out var batch)) _byPeer.Add(to, batch = new MessageBatch());
        batch.Add(message);
        if (batch.Length >= MessageBatch.TargetBytes) Send(to, batch);
    }

    public void Flush()
    {
        foreach (var (to, batch) in _byPeer)
            if (!batch.IsEmpty) Send(to, batch);
    }

    private void Send(NodeId to, MessageBatch batch)
    {
        transport.Send(to, batch.Seal());
        batch.Clear();
    }
}
