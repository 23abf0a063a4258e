using Outrider.Core;

namespace Outrider.Log;

/// <summary>A replica id as the committed ordering stream describes it.</summary>
public sealed class RidState
{
    internal RidState(Rid rid, RidOrigin origin)
    {
        Rid = rid;
        Origin = origin;
    }

    public Rid Rid { get; }
    public RidOrigin Origin { get; }
    public ShardId Shard => Origin.Shard;
    public NodeId Node => Origin.Node;

    /// <summary>The window it joined in; -1 before.</summary>
    public long JoinedIn { get; internal set; } = -1;

    /// <summary>The last window it may take part in, once it leaves; -1 before.</summary>
    public long LastWindow { get; internal set; } = -1;

    /// <summary>Set once it has failed: slots at or above never happened. A later early close may lower it.</summary>
    public Lsn? Keep { get; internal set; }

    /// <summary>The view that its failure opened.</summary>
    public View FailedIn { get; internal set; }

    /// <summary>Slots from here on are lost: an operator has said so, and no copy that returns counts.</summary>
    public Lsn? Lost { get; internal set; }

    public bool Joined => JoinedIn >= 0;
    public bool Failed => Keep is not null;
    public bool Leaving => LastWindow >= 0;

    /// <summary>Takes appends: joined, neither failed nor on its way out.</summary>
    public bool Live => Joined && !Failed && !Leaving;

    public bool IsLost(Lsn lsn) => Lost is { } lost && lsn >= lost;

    internal void Become(RidState later)
    {
        Check.That(later.Rid == Rid && later.Node == Node && later.Origin.Incarnation == Origin.Incarnation);
        (JoinedIn, LastWindow, Keep, FailedIn) = (later.JoinedIn, later.LastWindow, later.Keep, later.FailedIn);
        Lost = later.Lost;
    }

    internal RidState Clone() => new(Rid, Origin)
    {
        JoinedIn = JoinedIn,
        LastWindow = LastWindow,
        Keep = Keep,
        FailedIn = FailedIn,
        Lost = Lost,
    };
}
