using Outrider.Client.Processing;
using Outrider.Log;
using Outrider.Replication;
using Outrider.Storage;

namespace Outrider.Simulation;

/// <summary>The bugs planted in a run of the log, by what they are in.</summary>
internal sealed record PlantedLogBugs(
    LogBugs Log, GroupBugs Groups, ProcessorBugs Processor, ReplicationBugs Replication, StorageBugs Storage)
{
    public static readonly PlantedLogBugs None = new(
        LogBugs.None, GroupBugs.None, ProcessorBugs.None, ReplicationBugs.None, StorageBugs.None);
}
