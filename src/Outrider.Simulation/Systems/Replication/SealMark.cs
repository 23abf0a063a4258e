using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>Reads what a seal entry says.</summary>
internal static class SealMark
{
    /// <summary>Whether memory-class entries before this seal may have been lost.</summary>
    public static bool HasLoss(Entry entry) =>
        entry.Kind == EntryKind.Seal && entry.Payload.Length == 1 && entry.Payload.Span[0] == 2;
}
