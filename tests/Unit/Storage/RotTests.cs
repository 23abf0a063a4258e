using Outrider.Core;
using Outrider.Storage;

namespace Outrider.Tests.Unit.Storage;

/// <summary>
/// Damage to bytes that were durable: each is repaired, named (CorruptFrom), cut where it may be cut, or refused.
/// Nothing damaged is ever handed out as good.
/// </summary>
public sealed class RotTests
{
    private static readonly JournalOptions Options = new()
    {
        ClusterId = 5,
        Node = new(1),
        SegmentBytes = 20 << 10,
        ReadWindowBytes = 4096,
        PointSpacingBytes = 512,
    };

    private readonly List<JournalRecord> _records = [];
    private int _protected;

    /// <summary>Bytes from one flip to the next at most; 1 tries every byte: OUTRIDER_FLIP_STRIDE=1.</summary>
    private static int Stride =>
        int.TryParse(Environment.GetEnvironmentVariable("OUTRIDER_FLIP_STRIDE"), out var stride) ? stride : 60;

    [Fact]
    public void Every_flipped_byte_of_a_closed_journal_is_repaired_or_named()
    {
        var judged = FlipBytes(close: true);
        // One bad byte never costs the node, and after a clean end nothing may pass for a torn tail.
        Assert.False(judged.ContainsKey("refused") || judged.ContainsKey("cut"), string.Join(", ", judged));
        Assert.True(judged["whole"] > 100 && judged["named"] > 100, string.Join(", ", judged));
    }

    [Fact]
    public void Every_flipped_byte_of_an_open_journal_is_repaired_named_or_cut_in_the_last_commit()
    {
        var judged = FlipBytes(close: false);
        Assert.False(judged.ContainsKey("refused"), string.Join(", ", judged));
        Assert.True(judged["whole"] > 100 && judged["named"] > 100 && judged["cut"] > 0, string.Join(", ", judged));
    }

    private SortedDictionary<string, int> FlipBytes(bool close)
    {
        var disk = Story(close);
        var judged = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var random = new Rng(1);
        foreach (var file in disk.List())
        {
            for (var at = 0; at < file.SizeBytes; at += (int)random.Between(1, Stride))
            {
                var copy = disk.Copy();
                copy.Bytes(file.Name)[at] ^= (byte)(1 << (int)random.Below(8));
                var verdict = Judge(copy, $"{file.Name} at {at}");
                judged[verdict] = judged.GetValueOrDefault(verdict) + 1;
            }
        }

        return judged;
    }

    [Fact]
    public void Lost_blocks_are_repaired_named_cut_or_refused()
    {
        var disk = Story(close: true);
        var random = new Rng(2);
        var judged = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var round = 0; round < 600; round++)
        {
            var copy = disk.Copy();
            for (var left = random.Between(1, 3); left > 0; left--)
            {
                var file = random.Pick(copy.List());
                var at = (int)random.Below(file.SizeBytes / 512) * 512;
                var sectors = (int)random.Between(1, Math.Min(8, (file.SizeBytes - at) / 512));
                var span = copy.Bytes(file.Name).AsSpan(at, 512 * sectors);
                if (random.Chance(0.3)) span.Clear();
                else if (random.Chance(0.5)) foreach (ref var b in span) b = (byte)random.NextULong();
                else copy.Bytes(random.Pick(disk.List()).Name).AsSpan(4096, 4096)[..span.Length].CopyTo(span);
            }

            // Both copies of the count of lives at once, which random sectors hardly ever hit.
            if (round % 20 == 0) copy.Bytes("journal.node").AsSpan().Fill(0xA5);
            var verdict = Judge(copy, $"round {round}");
            judged[verdict] = judged.GetValueOrDefault(verdict) + 1;
        }

        Assert.True(judged["refused"] > 0 && judged["named"] > 100, string.Join(", ", judged));
    }

    private string Judge(FaultyDisk disk, string where)
    {
        var opened = Journal.Open(disk, Options);
        if (opened is JournalOpened.Refused refused)
        {
            Assert.Contains("outrider", refused.Message, StringComparison.Ordinal);
            return "refused";
        }

        var recovered = ((JournalOpened.Opened)opened).Recovered;
        var model = new JournalModel();
        foreach (var record in _records.Take(_protected)) model.Apply(record);
        for (var k = _protected; ; k++)
        {
            if (Agrees(model, recovered, out var named))
            {
                AssertSecondStartSaysTheSame(disk, recovered, where);
                return named ? "named" : k == _records.Count ? "whole" : "cut";
            }

            if (k == _records.Count) break;
            model.Apply(_records[k]);
        }

        Assert.Fail($"{where}: recovered {JournalModel.FingerprintOf(recovered)} against {model.Fingerprint()}");
        return "";
    }

    private static bool Agrees(JournalModel model, Recovered recovered, out bool named)
    {
        named = false;
        var found = recovered.Groups.SelectMany(g => g.Streams.Select(s => (new StreamKey(g.Group, s.Stream), s)))
            .ToDictionary(pair => pair.Item1, pair => pair.s);
        foreach (var key in model.Keys.ToArray())
        {
            var expected = model.Stream(key);
            if (!found.TryGetValue(key, out var stream)) return false;
            var entries = stream.Entries.ToArray();
            var flagged = stream.CorruptFrom.Value != 0;
            named |= flagged;
            if (flagged && stream.CorruptFrom.Value != stream.LastIndex.Value + 1) return false;
            if (!flagged && stream.LastIndex.Value != expected.End) return false;
            if (!flagged && stream.Base.Index != expected.Base.Index) return false;
            if (entries.Length != stream.LastIndex.Value - stream.Base.Index.Value) return false;
            foreach (var entry in entries)
                if (expected.Entries.TryGetValue(entry.Index.Value, out var same)
                    ? entry.ToString() != same.ToString() || !entry.Payload.Span.SequenceEqual(same.Payload.Span)
                    : !flagged) return false;
        }

        return model.States().All(state => recovered.Groups.Any(
            g => g.Group.Value == state.Group && g.State.Span.SequenceEqual(state.State)));
    }

    private static void AssertSecondStartSaysTheSame(FaultyDisk disk, Recovered first, string where)
    {
        var again = Assert.IsType<JournalOpened.Opened>(Journal.Open(disk, Options)).Recovered;
        Assert.Equal(Summary(first), Summary(again));
        Assert.True(again.Incarnation > first.Incarnation, where);
    }

    private static string Summary(Recovered recovered) => string.Join('\n', recovered.Groups.SelectMany(
        g => g.Streams.Select(s => $"{g.Group}/{s.Stream} {s.Base.Index} {s.LastIndex} {s.CorruptFrom}")));

    private FaultyDisk Story(bool close)
    {
        var disk = new FaultyDisk();
        var journal = Assert.IsType<JournalOpened.Opened>(Journal.Open(disk, Options)).Journal;
        var random = new Rng(9);
        var ends = new long[3];
        for (var round = 0; round < 40; round++)
        {
            var records = new List<JournalRecord>();
            for (var left = random.Between(1, 3); left > 0; left--)
            {
                var stream = (int)random.Below(3);
                var key = new StreamKey(new(1 + stream % 2), new(stream));
                var entries = Enumerable.Range(1, (int)random.Between(1, 4)).Select(_ => new Entry(
                    new(++ends[stream]), new(1), EntryKind.Records, ends[stream], 1, new(4), ends[stream],
                    new byte[random.Below(400)])).ToArray();
                records.Add(new JournalRecord.Append(key, entries));
            }

            if (round % 7 == 3) records.Add(new JournalRecord.SaveState(new(1), new byte[] { (byte)round, 1, 2 }));
            if (round % 11 == 5)
            {
                ends[0] = Math.Max(0, ends[0] - 2);
                records.Add(new JournalRecord.Truncate(new(new(1), new(0)), new(ends[0] + 1)));
            }

            _protected = _records.Count;
            Assert.Equal(DiskOutcome.Ok, journal.Write(records));
            _records.AddRange(records);
            var ticket = journal.BeginSync()!;
            journal.CompleteSync(ticket, ticket.Run(disk));
        }

        if (!close) return disk;
        journal.Close();
        _protected = _records.Count;
        disk.Settle();
        return disk;
    }
}
