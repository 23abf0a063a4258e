namespace Outrider.Replication;

/// <summary>
/// Which acknowledgements of a member somebody waits for. The others may come later, with the next ones: each costs two
/// nodes a turn. A wish only, on which nothing rests.
/// </summary>
[Flags]
public enum AckHaste : byte
{
    None = 0,
    Memory = 1,
    Fsync = 2,
    Both = Memory | Fsync,
}
