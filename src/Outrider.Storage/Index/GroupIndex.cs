using Outrider.Core;

namespace Outrider.Storage;

/// <summary>The streams of a group and its last saved state, which is small and stays in memory.</summary>
internal sealed class GroupIndex(GroupId id)
{
    public GroupId Id => id;
    public SortedDictionary<StreamId, StreamIndex> Streams { get; } = [];
    public bool HasState { get; private set; }
    public byte[] State { get; private set; } = [];

    /// <summary>Where the state stands; none if it is known from a ledger only.</summary>
    public Place StateAt { get; private set; }
    public bool Dropped { get; set; }
    public long TouchedIn { get; set; }

    public void SetState(ReadOnlySpan<byte> state, Place at)
    {
        State = state.ToArray();
        StateAt = at;
        HasState = true;
    }
}
