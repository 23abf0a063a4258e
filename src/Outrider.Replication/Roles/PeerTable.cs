using Outrider.Core;

namespace Outrider.Replication;

/// <summary>The nodes of a term: those to seal, those that vote, those that learn. At most a few: a list is enough.
/// </summary>
internal sealed class PeerTable
{
    private readonly List<Peer> _peers = [];

    public PeerTable(GroupRecord record, NodeId self)
    {
        foreach (var active in record.Active)
            foreach (var node in active.Config.Members) Meet(node);
        foreach (var node in record.Proposed.Members) Meet(node).Votes = true;
        Meet(self);
        Learn(record, null);
    }

    public IReadOnlyList<Peer> All => _peers;

    public Peer? Find(NodeId node)
    {
        foreach (var peer in _peers)
            if (peer.Node == node) return peer;
        return null;
    }

    /// <summary>Whoever is wanted but does not vote receives what members receive, and counts in no quorum.</summary>
    public void Learn(GroupRecord record, MemberChange? wanted)
    {
        foreach (var peer in _peers) peer.IsLearner = false;
        Learn(record.Learners);
        Learn(record.Full.Members);
        if (wanted is null) return;
        Learn(wanted.Config.Members);
        Learn(wanted.Learners);
    }

    private void Learn(IReadOnlyList<NodeId> nodes)
    {
        foreach (var node in nodes)
        {
            var peer = Meet(node);
            peer.IsLearner = !peer.Votes;
        }
    }

    private Peer Meet(NodeId node)
    {
        if (Find(node) is { } known) return known;
        var peer = new Peer(node);
        _peers.Add(peer);
        return peer;
    }
}
