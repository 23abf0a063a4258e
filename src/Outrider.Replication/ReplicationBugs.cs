namespace Outrider.Replication;

/// <summary>Planted bugs, for the simulator's gate only; hosts of real nodes pass None.</summary>
[Flags]
public enum ReplicationBugs : ulong
{
    None = 0,
}
