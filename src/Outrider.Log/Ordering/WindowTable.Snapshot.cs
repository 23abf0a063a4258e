using Outrider.Core;

namespace Outrider.Log;

/// <summary>Windows as bytes: where the first one kept begins, then quotas; all else follows from them.</summary>
public sealed partial class WindowTable
{
    private const int QuotaMax = 1 << 24;
    private const int WindowsMax = 1 << 20;

    /// <summary>Leaves out what <see cref="DropBelow"/> would forget, whether or not it has been forgotten.</summary>
    internal void Write(WireWriter writer, Position trimmed)
    {
        var ends = new List<long>(_ends);
        var gone = 0;
        for (; gone + 1 < _windows.Count && _windows[gone].End <= trimmed; gone++)
            for (var place = 0; place < _windows[gone].Count; place++)
                ends[_windows[gone].Part(place).Value] = _windows[gone].EndLsnAt(place).Value;

        writer.VarInt(_dropped + gone);
        writer.VarInt(ends.Count);
        for (var i = 0; i < ends.Count; i++) writer.VarInt(ends[i]);
        writer.VarInt(_windows.Count == 0 ? _firstStart.Value : _windows[gone].Start.Value);
        writer.VarInt(_windows.Count == 0 ? _firstRow : _windows[gone].FirstRow);
        writer.VarInt(_windows.Count - gone);
        for (var i = gone; i < _windows.Count; i++)
        {
            writer.VarInt(i == gone ? 0 : _windows[i - 1].Rows);
            writer.VarInt(_windows[i].Count);
            for (var place = 0; place < _windows[i].Count; place++)
            {
                writer.VarInt(_windows[i].Part(place).Value);
                writer.VarInt(_windows[i].QuotaAt(place));
            }
        }
    }

    /// <summary>Null for malformed bytes.</summary>
    internal static WindowTable? Read(ref WireReader reader, LogParameters parameters, int rids)
    {
        var table = new WindowTable(parameters.RowsPerWindow, parameters.Rotate);
        if (!reader.VarInt(out var dropped) || dropped < 0 || !reader.Count(out var known, rids)) return null;
        for (var i = 0; i < known; i++)
        {
            if (!reader.VarInt(out var end) || end < 0) return null;
            table._spans.Add([]);
            table._ends.Add(end);
        }

        if (!reader.VarInt(out var start) || !reader.VarInt(out var row) || start < 0 || row < 0
            || !reader.Count(out var count, WindowsMax, 2)) return null;
        (table._dropped, table._firstStart, table._firstRow) = (dropped, new(start), row);
        for (var i = 0; i < count; i++)
        {
            if (!reader.VarInt(out var rows) || rows < 0 || rows > parameters.RowsPerWindow) return null;
            if (ReadQuotas(ref reader, known) is not { } quotas) return null;
            table.Add(rows, quotas);
        }

        return table;
    }

    private static RidQuota[]? ReadQuotas(ref WireReader reader, int known)
    {
        if (!reader.Count(out var count, known, 2)) return null;
        var quotas = new RidQuota[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.Count(out var rid, known - 1, 0) || !reader.Count(out var quota, QuotaMax, 0)) return null;
            if (quota == 0 || (i > 0 && quotas[i - 1].Rid.Value >= rid)) return null;
            quotas[i] = new(new(rid), quota);
        }

        return quotas;
    }
}
