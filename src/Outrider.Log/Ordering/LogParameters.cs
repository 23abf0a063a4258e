namespace Outrider.Log;

public enum OrderingMode : byte
{
    /// <summary>Quotas are fixed ahead, so a record has its position on arrival (SpecLog).</summary>
    Speculative = 1,
    /// <summary>Quotas are read off the reports afterwards: no position before the cut commits (Scalog).</summary>
    Eager = 2,
}

/// <summary>
/// What every node must agree on for the closed form to agree: the first entry of the ordering stream carries it.
/// </summary>
/// <param name="Mode">Fix-ante or eager.</param>
/// <param name="RowsPerWindow">Rows of a window unless it is closed early; at least 2 when speculative, 1 when
/// eager.</param>
/// <param name="RunAheadRows">Rows that anybody may speculate beyond the committed tail; 1 or more.</param>
/// <param name="Rotate">Whether each row starts with another participant, for fairness.</param>
/// <param name="Shards">Shards of the log; a key belongs to one for ever.</param>
/// <param name="SeatsPerShard">Key ranges of a shard, one for each designed replica.</param>
public sealed record LogParameters(
    OrderingMode Mode, int RowsPerWindow, int RunAheadRows, bool Rotate, int Shards, int SeatsPerShard)
{
    public const int ShardsMax = 1024;
    public const int SeatsMax = 8;
    public const int RowsMax = 1 << 20;

    /// <summary>Whether the numbers make sense; a foreign or damaged entry is refused by it.</summary>
    public bool IsSound =>
        Mode is OrderingMode.Speculative or OrderingMode.Eager
        && RowsPerWindow >= (Mode == OrderingMode.Eager ? 1 : 2) && RowsPerWindow <= RowsMax
        && RunAheadRows >= 1 && RunAheadRows <= RowsMax
        && Shards is >= 1 and <= ShardsMax && SeatsPerShard is >= 1 and <= SeatsMax;
}
