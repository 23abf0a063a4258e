using Outrider.Core;
using Outrider.Storage;

namespace Outrider.Tests.Unit.Storage;

/// <summary>
/// One random life story of a journal: records, group commits, closes, crashes and failures, held against the model.
/// After a crash the journal must hold a prefix of what was written, and at least what it said was durable.
/// </summary>
public sealed class JournalHistory
{
    private readonly Rng _rng;
    private readonly JournalOptions _options;

    public JournalOptions Options => _options;
    private readonly List<JournalRecord> _written = [];
    private readonly List<JournalRecord> _durable = [];
    private JournalModel _now = new();
    private Journal? _journal;
    private SyncTicket? _ticket;
    private int _ticketRecords;
    private long _group = 1;
    private long _term = 1;

    public JournalHistory(ulong seed, StorageBugs? bugs = null)
    {
        _rng = new Rng(seed);
        _options = new()
        {
            ClusterId = 77,
            Node = new(3),
            SegmentBytes = 16 << (10 + (int)_rng.Below(3)),
            BatchBytesMax = 1024 << (int)_rng.Below(4),
            ReadWindowBytes = 4096 << (int)_rng.Below(3),
            PointSpacingBytes = 256 << (int)_rng.Below(6),
            PointsMax = _rng.Chance(0.2) ? 16 : 1 << 16,
            CleanAboveSegments = 2 + (int)_rng.Below(4),
            Bugs = bugs ?? StorageBugs.None,
        };
    }

    public FaultyDisk Disk { get; } = new();
    public int Recoveries { get; private set; }
    public int CrashCuts { get; private set; }
    public int SegmentsMax { get; private set; }

    public void Run(int steps)
    {
        Reopen(expectUnclean: false, exact: true);
        for (var step = 0; step < steps; step++)
        {
            var dice = _rng.Below(1000);
            if (dice < 620) Write();
            else if (dice < 800) Sync();
            else if (dice < 930) ReadBack();
            else if (dice < 960) Crash();
            else if (dice < 980) CloseAndReopen();
            else if (dice < 990) FailAWrite();
            else FailASync();
            SegmentsMax = Math.Max(SegmentsMax, Disk.List().Count);
        }

        CloseAndReopen();
    }

    private void Write()
    {
        var records = new List<JournalRecord>();
        for (var left = 1 + _rng.Below(4); left > 0; left--)
        {
            var record = NextRecord();
            records.Add(record);
            _now.Apply(record);
        }

        Assert.Equal(DiskOutcome.Ok, _journal!.Write(records));
        foreach (var record in records) _written.AddRange(Singles(record));
    }

    // An append may be cut between its entries, so each is a step of its own for the model.
    private static IEnumerable<JournalRecord> Singles(JournalRecord record) => record is JournalRecord.Append append
        ? append.Entries.Select(entry => new JournalRecord.Append(append.Stream, [entry]))
        : [record];

    private JournalRecord NextRecord()
    {
        var key = new StreamKey(new(_rng.Between(Math.Max(1, _group - 2), _group)), new((int)_rng.Below(3)));
        var stream = _now.Stream(key);
        switch (_rng.Below(100))
        {
            case < 4: return new JournalRecord.SaveState(key.Group, Bytes((int)_rng.Below(40)));
            case < 5:
                _group++;
                return new JournalRecord.DropGroup(key.Group);
            case < 12:
                _term++;
                return new JournalRecord.Truncate(key, new(_rng.Between(stream.Base.Index.Value + 1, stream.End + 1)));
            case < 20:
                var trimTo = _rng.Between(stream.Base.Index.Value, stream.End);
                return new JournalRecord.SetBase(key, NextBase(trimTo), KeepSuffix: true);
            case < 22:
                return new JournalRecord.SetBase(key, NextBase(stream.End + _rng.Below(20)), KeepSuffix: false);
            default:
                var count = 1 + (int)_rng.Below(6);
                var size = _rng.Chance(0.02) ? 9000 : _rng.Below(700);
                return new JournalRecord.Append(
                    key, [.. Enumerable.Range(1, count).Select(i => NextEntry(stream.End + i, (int)size))]);
        }
    }

    private Entry NextEntry(long index, int size) => new(
        new(index), new(_term), (EntryKind)_rng.Between(1, 6), index * 2, (int)_rng.Below(5), new(_rng.NextULong()),
        (long)_rng.NextULong(), Bytes(size));

    private StreamBase NextBase(long index) => new(
        new(index), new(_term), index * 2, [new(new(1), new(1)), new(new(_term), new(index))], [new(_term)],
        Bytes((int)_rng.Below(50)), Bytes((int)_rng.Below(300)));

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        foreach (ref var b in bytes.AsSpan()) b = (byte)_rng.NextULong();
        return bytes;
    }

    private void Sync()
    {
        if (_ticket is null)
        {
            _ticket = _journal!.BeginSync();
            _ticketRecords = _written.Count;
            if (_ticket is null) Assert.Empty(_written);
            return;
        }

        var durable = _journal!.CompleteSync(_ticket, _ticket.Run(Disk));
        Assert.Equal(_ticket.Token, durable);
        _ticket = null;
        _durable.AddRange(_written.Take(_ticketRecords));
        _written.RemoveRange(0, _ticketRecords);
    }

    private void ReadBack()
    {
        foreach (var key in _now.Keys)
        {
            var stream = _now.Stream(key);
            var from = _rng.Between(Math.Max(1, stream.Base.Index.Value), stream.End + 1);
            var count = (int)_rng.Between(1, 50);
            var read = _journal!.Read(new(7, key, new(from), count, (int)_rng.Between(1, 20_000)));
            if (from <= stream.Base.Index.Value)
            {
                Assert.Equal(ReadOutcome.Trimmed, read.Outcome);
                continue;
            }

            Assert.Equal(ReadOutcome.Ok, read.Outcome);
            Assert.True(read.Entries.Count > 0 || from > stream.End);
            Assert.True(read.Entries.Count <= count);
            for (var i = 0; i < read.Entries.Count; i++) AssertSame(stream.Entries[from + i], read.Entries[i]);
        }
    }

    private static void AssertSame(Entry expected, Entry actual)
    {
        Assert.Equal(expected with { Payload = default }, actual with { Payload = default });
        Assert.True(expected.Payload.Span.SequenceEqual(actual.Payload.Span));
    }

    private void Crash()
    {
        // The machine may die between the files of one group commit.
        if (_ticket is not null && _rng.Chance(0.5)) _ticket.Run(Disk);
        Disk.Crash(_rng, _rng.Chance(0.5) ? 0.3 : 0);
        Reopen(expectUnclean: true, exact: false);
    }

    private void CloseAndReopen()
    {
        if (_ticket is not null) Sync();
        _journal!.Close();
        _durable.AddRange(_written);
        _written.Clear();
        if (_rng.Chance(0.5)) Disk.Crash(_rng, 1);
        Reopen(expectUnclean: false, exact: true);
    }

    private void FailAWrite()
    {
        var left = _rng.Below(3);
        Disk.OnWrite = _ => left-- <= 0 ? DiskOutcome.IoError : DiskOutcome.Ok;
        var record = NextRecord();
        _now.Apply(record);
        var outcome = _journal!.Write([record]);
        _written.AddRange(Singles(record));
        Disk.OnWrite = null;
        if (outcome == DiskOutcome.Ok) return;
        Assert.NotNull(_journal.Failure);
        Assert.Equal(DiskOutcome.IoError, _journal.Write([]));
        Assert.Null(_journal.BeginSync());
        Crash();
    }

    private void FailASync()
    {
        if (_ticket is null) Sync();
        if (_ticket is null) return;
        var before = _journal!.Durable;
        Assert.Equal(before, _journal.CompleteSync(_ticket, DiskOutcome.IoError));
        Assert.NotNull(_journal.Failure);
        Crash();
    }

    private void Reopen(bool expectUnclean, bool exact)
    {
        _ticket = null;
        var result = Journal.Open(Disk, _options);
        if (result is JournalOpened.Refused refused) Assert.Fail(refused.Message);
        var opened = Assert.IsType<JournalOpened.Opened>(result);
        Assert.Equal(expectUnclean, opened.Recovered.Unclean);
        Assert.Equal(++Recoveries, opened.Recovered.Incarnation.Value);
        Assert.Empty(opened.Report.Damages);
        var found = JournalModel.FingerprintOf(opened.Recovered);
        _now = new();
        foreach (var record in _durable) _now.Apply(record);
        var matched = _now.Fingerprint() == found ? 0 : -1;
        for (var i = 0; i < _written.Count; i++)
        {
            _now.Apply(_written[i]);
            if (_now.Fingerprint() == found) matched = i + 1;
        }

        if (matched < 0 || (exact && matched != _written.Count))
            Assert.Fail($"recovered\n{found}\nmatches no allowed prefix; all written is\n{_now.Fingerprint()}");
        if (matched < _written.Count) CrashCuts++;
        _durable.AddRange(_written.Take(matched));
        _written.Clear();
        _now = new();
        foreach (var record in _durable) _now.Apply(record);
        _journal = opened.Journal;
    }
}
