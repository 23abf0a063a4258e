namespace Outrider.Storage;

/// <summary>A place in the journal's order: a segment generation and a byte offset in it.</summary>
public readonly record struct JournalPosition(long Generation, int Offset) : IComparable<JournalPosition>
{
    public int CompareTo(JournalPosition other)
    {
        var byGeneration = Generation.CompareTo(other.Generation);
        return byGeneration != 0 ? byGeneration : Offset.CompareTo(other.Offset);
    }

    public static bool operator <(JournalPosition a, JournalPosition b) => a.CompareTo(b) < 0;
    public static bool operator >(JournalPosition a, JournalPosition b) => a.CompareTo(b) > 0;
    public static bool operator <=(JournalPosition a, JournalPosition b) => a.CompareTo(b) <= 0;
    public static bool operator >=(JournalPosition a, JournalPosition b) => a.CompareTo(b) >= 0;
    public static JournalPosition Max(JournalPosition a, JournalPosition b) => a >= b ? a : b;
    public override string ToString() => $"{Generation}:{Offset}";
}

/// <summary>Where one record stands: its segment, its batch (whose header its checksum needs) and itself.</summary>
internal readonly record struct Place(long Generation, int Batch, int Record)
{
    public static readonly Place None = default;
    public bool IsNone => Generation == 0;
}
