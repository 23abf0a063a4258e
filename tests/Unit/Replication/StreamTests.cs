using CsCheck;
using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Tests.Unit.Replication;

public sealed class StreamTests
{
    /// <summary>Logs as their leaders make them: a common prefix, then runs of different terms.</summary>
    private static readonly Gen<(long[] A, long[] B)> TwoLogs =
        Gen.Select(Gen.Int[0, 3].Array[0, 12], Gen.Int[0, 3].Array[0, 12], Gen.Int[0, 12]).Select((a, b, common) =>
        {
            var first = Terms(a, odd: false);
            var second = Terms(b, odd: true);
            var shared = first.Take(Math.Min(common, first.Length)).ToArray();
            var above = shared.Length == 0 ? 0 : shared[^1];
            return (first, shared.Concat(second.Where(term => term > above)).ToArray());
        });

    [Fact]
    public void The_common_prefix_is_found_from_the_tables_of_terms_alone() =>
        TwoLogs.Sample((a, b) =>
        {
            var expected = 0;
            while (expected < Math.Min(a.Length, b.Length) && a[expected] == b[expected]) expected++;
            var agreed = TermTable.Agree(
                Table(a), new LogIndex(a.Length), Table(b), new LogIndex(b.Length));
            return agreed == new LogIndex(expected);
        }, iter: 20_000);

    [Fact]
    public void A_ring_of_entries_gives_back_what_it_was_given() =>
        Gen.Int[0, 3].Array[1, 300].Sample(steps =>
        {
            var cache = new EntryCache();
            var model = new List<Entry>();
            foreach (var step in steps)
            {
                var last = cache.End.Previous();
                if (step < 3)
                {
                    var entry = new Entry(cache.End, new Term(1), EntryKind.Records, 0, 1, default, 0, new byte[step]);
                    cache.Add(entry);
                    model.Add(entry);
                }
                else if (model.Count > 1)
                {
                    cache.TruncateFrom(last);
                    model.RemoveAt(model.Count - 1);
                    cache.DropUpTo(cache.First);
                    model.RemoveAt(0);
                }
            }

            if (cache.Count != model.Count || cache.Bytes != model.Sum(entry => (long)entry.SizeBytes)) return false;
            for (var i = 0; i < model.Count; i++)
                if (!ReferenceEquals(cache.TryGet(cache.First.Plus(i)), model[i])) return false;
            return model.Count == 0 || cache.Slice(cache.First, int.MaxValue, cache.End).SequenceEqual(model);
        });

    [Fact]
    public void Producers_survive_encoding_and_truncation_takes_them_out()
    {
        var table = new DedupTable();
        var producer = new ProducerId(5);
        for (var i = 1; i <= 100; i++) table.Add(producer, i, new LogIndex(i));
        table.TruncateFrom(new LogIndex(91));
        Assert.Equal(DedupAnswer.New, table.Find(producer, 91, out _));
        Assert.Equal(DedupAnswer.Known, table.Find(producer, 90, out var index));
        Assert.Equal(new LogIndex(90), index);

        var copy = new DedupTable();
        copy.Reset(table.EncodeUpTo(new LogIndex(50)));
        Assert.Equal(DedupAnswer.Known, copy.Find(producer, 50, out _));
        Assert.Equal(DedupAnswer.New, copy.Find(producer, 51, out _));
    }

    [Fact]
    public void A_sequence_below_what_is_remembered_is_refused_rather_than_taken_again()
    {
        var table = new DedupTable();
        var producer = new ProducerId(5);
        for (var i = 1; i <= 2 * DedupTable.WindowMax; i++) table.Add(producer, i, new LogIndex(i));
        Assert.Equal(DedupAnswer.Stale, table.Find(producer, 1, out _));
        Assert.Equal(DedupAnswer.UnknownProducer, table.Find(new ProducerId(6), 100_000, out _));
        Assert.Equal(DedupAnswer.New, table.Find(new ProducerId(6), 1, out _));
    }

    [Fact]
    public void A_sync_of_what_was_cut_off_does_not_vouch_for_what_came_after()
    {
        var queue = new SyncQueue();
        queue.Add(new LogIndex(10), new DurableToken(1));
        queue.Truncate(new LogIndex(6));
        queue.Add(new LogIndex(8), new DurableToken(2));
        Assert.Equal(new LogIndex(5), queue.Take(new DurableToken(1)));
        Assert.Equal(new LogIndex(8), queue.Take(new DurableToken(2)));
    }

    [Fact]
    public void Every_planted_bug_has_a_name_a_flag_and_a_reason_of_its_own()
    {
        Assert.Equal(ReplicationBug.All.Count, ReplicationBug.All.Select(bug => bug.Name).Distinct().Count());
        Assert.Equal(ReplicationBug.All.Count, ReplicationBug.All.Select(bug => bug.Flag).Distinct().Count());
        Assert.Equal(Enum.GetValues<ReplicationBugs>().Length - 1, ReplicationBug.All.Count);
        foreach (var bug in ReplicationBug.All) Assert.Same(bug, ReplicationBug.Find(bug.Name));
    }

    [Theory]
    [InlineData(QuorumPolicy.Majority, 3, 2, 2)]
    [InlineData(QuorumPolicy.Majority, 4, 3, 2)]
    [InlineData(QuorumPolicy.Majority, 5, 3, 3)]
    [InlineData(QuorumPolicy.All, 3, 3, 1)]
    [InlineData(QuorumPolicy.All, 1, 1, 1)]
    public void A_seal_quorum_meets_every_commit_quorum(QuorumPolicy policy, int members, int commit, int seal)
    {
        var config = new GroupConfig(Enumerable.Range(1, members).Select(id => new NodeId(id)), policy);
        Assert.Equal((commit, seal), (config.CommitQuorum, config.SealQuorum));
        Assert.True(config.CommitQuorum + config.SealQuorum > members);
    }

    private static long[] Terms(int[] steps, bool odd)
    {
        var term = odd ? 1L : 2L;
        return steps.Select(step => term += 2 * step).ToArray();
    }

    private static TermStart[] Table(long[] terms)
    {
        var starts = new List<TermStart>();
        for (var i = 0; i < terms.Length; i++)
            if (i == 0 || terms[i] != terms[i - 1]) starts.Add(new TermStart(new Term(terms[i]), new LogIndex(i + 1)));
        return [.. starts];
    }

    [Fact]
    public void What_comes_in_a_message_is_kept_without_it()
    {
        var message = new byte[64 << 10];
        var context = new GroupContext(
            new(1), new(1), new(1), GroupOptions.Default, ReplicationBugs.None, new Rng(1), new CallIds());
        var log = new StreamLog(context, new(1));
        var index = new LogIndex(1);
        foreach (var bytes in (int[])[0, 1, 100, 600, 4096, 40_000])
        {
            for (var i = 0; i < bytes; i++) message[i] = (byte)(i + bytes);
            var entry = new Entry(
                index, new Term(1), EntryKind.Records, log.EndSlot, 1, ProducerId.None, 0, message.AsMemory(0, bytes));
            log.Adopt(entry);
            var kept = log.Cache.TryGet(index)!.Payload;
            Assert.True(kept.Span.SequenceEqual(message.AsSpan(0, bytes)));
            // Else an idle stream's entry would keep all that a busy one has beside it.
            Assert.False(bytes > 0 && kept.Span.Overlaps(message));
            index = index.Next();
        }
    }
}
