using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// The state of the order at one index as bytes, in one form only: windows wholly below the trim are left out, so that
/// whoever replayed the stream and whoever began from a snapshot write the same.
/// </summary>
public static class OrderingSnapshot
{
    private const byte FormatVersion = 1;
    // Written only where something is lost: as long as nothing is, builds that know of no losses read it.
    private const byte WithLosses = 2;
    private const int RidsMax = 1 << 20;
    private const int ViewsMax = 1 << 22;

    public static byte[] Encode(OrderingState state)
    {
        var writer = new WireWriter(1024);
        var version = state.Losses > 0 ? WithLosses : FormatVersion;
        writer.Byte(version);
        writer.Bool(state.Opened);
        if (state.Parameters is not { } parameters) return writer.ToArray();
        OrderingCodec.WriteParameters(writer, parameters);
        writer.VarInt(state.Tail.Window);
        writer.VarInt(state.Tail.Row);
        writer.VarInt(state.Tail.First);
        writer.VarInt(state.Trimmed.Value);
        writer.VarInt(state.View.Value);
        writer.VarInt(state.Rids.Count);
        for (var i = 0; i < state.Rids.Count; i++) Write(writer, state.Rids[i], version);
        for (var shard = 0; shard < parameters.Shards; shard++)
            for (var seat = 0; seat < parameters.SeatsPerShard; seat++)
                writer.VarInt(state.OwnerOf(new(shard), seat) is { } owner ? owner.Value + 1 : 0);
        state.Windows.Write(writer, state.Trimmed);
        return writer.ToArray();
    }

    /// <summary>Null for malformed bytes.</summary>
    public static OrderingState? Decode(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        if (!reader.Byte(out var version) || version is not (FormatVersion or WithLosses)
            || !reader.Bool(out var opened)) return null;
        if (!opened) return reader.Left == 0 ? new() : null;
        if (OrderingCodec.ReadParameters(ref reader) is not { } parameters
            || !Number(ref reader, out var window) || !Number(ref reader, out var row)
            || !reader.Count(out var first, RidsMax, 0) || !Number(ref reader, out var trimmed)
            || !reader.Count(out var view, ViewsMax, 0) || !reader.Count(out var count, RidsMax, 6)) return null;
        var rids = new RidState[count];
        for (var i = 0; i < count; i++)
        {
            if (ReadRid(ref reader, new(i), view, version) is not { } rid) return null;
            rids[i] = rid;
        }

        var seats = new Rid[parameters.Shards * parameters.SeatsPerShard];
        for (var i = 0; i < seats.Length; i++)
        {
            if (!reader.Count(out var owner, count, 0)) return null;
            seats[i] = new(owner - 1);
        }

        var windows = WindowTable.Read(ref reader, parameters, count);
        if (windows is null || reader.Left != 0 || !Fits(windows, new(window, row, first))) return null;
        return new(parameters, windows, new(window, row, first), new(trimmed), view, rids, seats);
    }

    private static bool Fits(WindowTable windows, Tail tail)
    {
        if (windows.Count == 0) return tail == default;
        if (tail.Window < windows.FirstKept || tail.Window >= windows.Count) return false;
        var window = windows[tail.Window];
        return tail.Row <= window.Rows && tail.First <= window.Count;
    }

    private static void Write(WireWriter writer, RidState rid, byte version)
    {
        OrderingCodec.WriteOrigin(writer, rid.Origin);
        writer.VarInt(rid.JoinedIn + 1);
        writer.VarInt(rid.LastWindow + 1);
        writer.VarInt(rid.Keep is { } keep ? keep.Value + 1 : 0);
        writer.VarInt(rid.FailedIn.Value);
        if (version == WithLosses) writer.VarInt(rid.Lost is { } lost ? lost.Value + 1 : 0);
    }

    private static RidState? ReadRid(ref WireReader reader, Rid rid, int viewMax, byte version)
    {
        if (OrderingCodec.ReadOrigin(ref reader) is not { } origin) return null;
        if (!Number(ref reader, out var joined) || !Number(ref reader, out var last)
            || !Number(ref reader, out var keep)
            || !reader.Count(out var failed, viewMax, 0) || (keep > 0) != (failed > 0)) return null;
        var lost = 0L;
        if (version == WithLosses && !Number(ref reader, out lost)) return null;
        return new(rid, origin)
        {
            JoinedIn = joined - 1,
            LastWindow = last - 1,
            Keep = keep == 0 ? null : new Lsn(keep - 1),
            FailedIn = new(failed),
            Lost = lost == 0 ? null : new Lsn(lost - 1),
        };
    }

    private static bool Number(ref WireReader reader, out long value) => reader.VarInt(out value) && value >= 0;
}
