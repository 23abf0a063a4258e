using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Log;

/// <summary>
/// Asks copies for the acknowledgements that something waits for, and no others: each of them costs two nodes a turn,
/// and one of the disk a sync.
/// </summary>
internal static class CopyHaste
{
    public static void Set(LogContext context)
    {
        var memoryClass = context.Options.Durability == Durability.MemoryQuorum;
        var onlyDisk = context.State.Parameters?.Mode == OrderingMode.Eager;
        for (var i = 0; i < context.Groups.Groups.Count; i++)
        {
            var group = context.Groups.Groups[i];
            if (group.LeadingTerm == Term.Zero) continue;
            if (!group.IsOpen) group.Haste = AckHaste.Both;
            else if (memoryClass) group.Haste = AckHaste.Memory;
            // What is shown early waits for memory, and nothing of the order is.
            else group.Haste = onlyDisk || group.Id == LogContext.OrderingGroup ? AckHaste.Fsync : AckHaste.Both;
        }
    }
}
