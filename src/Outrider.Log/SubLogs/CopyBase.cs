using Outrider.Core;

namespace Outrider.Log;

/// <summary>What the base of a copy says that has forgotten its beginning.</summary>
public static class CopyBase
{
    /// <summary>The owner's part of a base.</summary>
    /// <param name="remembered">Whoever has read up to here knows what must be known of what was forgotten.</param>
    public static byte[] Of(Lsn remembered)
    {
        var writer = new WireWriter(16);
        writer.VarInt(remembered.Value);
        return writer.ToArray();
    }

    public static Lsn RememberedBy(StreamBase streamBase)
    {
        var reader = new WireReader(streamBase.Snapshot);
        var isRead = reader.VarInt(out var remembered);
        Check.That(isRead && remembered > streamBase.EndSlot);
        return new(remembered);
    }

    /// <summary>The sub-log that a group holds copies of; false for the ordering group.</summary>
    public static bool TryRid(GroupId group, out Rid rid) => LogContext.TryRid(group, out rid);
}
