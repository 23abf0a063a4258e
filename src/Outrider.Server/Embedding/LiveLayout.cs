using Outrider.Core;

namespace Outrider.Server.Embedding;

/// <summary>The cluster's layout as this process knows it now. It grows while nodes run.</summary>
internal sealed class LiveLayout(LayoutFile file)
{
    private readonly Lock _lock = new();
    private readonly List<Action<Layout, LayoutNode>> _told = [];
    private volatile LayoutFile _file = file;
    private volatile Layout _layout = file.ToLayout();

    /// <summary>With addresses.</summary>
    public LayoutFile File => _file;

    public Layout Value => _layout;

    /// <summary>Calls for each node there is, and from now on for each that is added, in their order.</summary>
    public void ForEach(Action<Layout, LayoutNode> tell)
    {
        lock (_lock)
        {
            _told.Add(tell);
            foreach (var node in _file.Nodes) tell(_layout, node);
        }
    }

    /// <summary>Takes on what has been added; false if it is nothing, or no later form of this layout.</summary>
    public bool Adopt(LayoutFile later)
    {
        lock (_lock)
        {
            var known = _file.Nodes.Count;
            if (later.Nodes.Count <= known || !_layout.GrowsTo(later.ToLayout())) return false;
            // Of those that were known the addresses stay: this process may have nearer news than the control plane.
            _file = _file with { Nodes = [.. _file.Nodes, .. later.Nodes.Skip(known)], Founding = later.Founding };
            _layout = _file.ToLayout();
            Check.That(_layout.FoundingCount <= known);
            foreach (var node in _file.Nodes.Skip(known))
                foreach (var tell in _told) tell(_layout, node);
            return true;
        }
    }
}
