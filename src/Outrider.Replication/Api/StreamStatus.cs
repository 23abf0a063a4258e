using Outrider.Core;

namespace Outrider.Replication;

/// <summary>One copy of a stream, as its node sees it now.</summary>
/// <param name="Stream">Which stream.</param>
/// <param name="BaseIndex">The last trimmed index.</param>
/// <param name="LastIndex">The last entry here, committed or not.</param>
/// <param name="EndSlot">Slots up to the last entry.</param>
/// <param name="Synced">The last entry that is on this node's disk.</param>
/// <param name="MemoryCommitted">In memory on a commit quorum, as far as known here.</param>
/// <param name="FsyncCommitted">On disk on a commit quorum, as far as known here.</param>
public readonly record struct StreamStatus(
    StreamId Stream, LogIndex BaseIndex, LogIndex LastIndex, long EndSlot, LogIndex Synced,
    LogIndex MemoryCommitted, LogIndex FsyncCommitted);

/// <summary>What a member has acknowledged of a stream in the present term.</summary>
/// <param name="Memory">Held in memory by its present incarnation up to here.</param>
/// <param name="Fsync">On its disk up to here.</param>
public readonly record struct MemberAck(LogIndex Memory, LogIndex Fsync);
