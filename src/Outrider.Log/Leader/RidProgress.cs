namespace Outrider.Log;

/// <summary>What the ordering leader has heard of a replica id; gone with the leader.</summary>
internal sealed class RidProgress(Lsn committed, long nowMicros)
{
    // A new leader needs no report of what is committed: it counts as reported.
    public Lsn Reported { get; private set; } = committed;
    public Lsn Slots { get; private set; } = committed;
    public bool Heard { get; private set; }
    public long HeardMicros { get; private set; } = nowMicros;

    /// <summary>Records a microsecond, smoothed.</summary>
    public double Rate { get; private set; }

    /// <summary>Mean time between reports that moved, smoothed; 0 before the second.</summary>
    public double PeriodMicros { get; private set; }

    /// <summary>Records since the present window was fixed.</summary>
    public long RecordsInWindow => _records - _recordsAtWindow;

    /// <summary>Bytes of batches since the first report.</summary>
    public long Bytes => _bytes - _bytesAtFirst;

    public long NudgedRow { get; set; } = -1;
    public long NudgedMicros { get; set; }

    private long _records;
    private long _recordsAtWindow;
    private long _bytes;
    private long _bytesAtFirst;
    private long _movedMicros = nowMicros;

    public void Take(Report report, long nowMicros)
    {
        var elapsed = Math.Max(1, nowMicros - HeardMicros);
        if (Heard)
        {
            // The weight grows with the time covered, so that many small reports count as one long one.
            var weight = Math.Min(1, elapsed / 200_000.0);
            Rate += weight * ((double)Math.Max(0, report.Records - _records) / elapsed - Rate);
        }
        else (_recordsAtWindow, _bytes, _bytesAtFirst) = (report.Records, report.Bytes, report.Bytes);

        Heard = true;
        HeardMicros = nowMicros;
        _records = Math.Max(_records, report.Records);
        _bytes = Math.Max(_bytes, report.Bytes);
        if (report.Slots > Slots) Slots = report.Slots;
        if (report.Durable <= Reported) return;
        // Reports are cumulative: an old one that arrives late changes nothing.
        var period = Math.Max(1, nowMicros - _movedMicros);
        PeriodMicros = PeriodMicros == 0 ? period : PeriodMicros + (period - PeriodMicros) / 16;
        _movedMicros = nowMicros;
        Reported = report.Durable;
    }

    public void StartWindow() => _recordsAtWindow = _records;
}
