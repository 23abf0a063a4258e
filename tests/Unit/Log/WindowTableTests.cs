using CsCheck;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Tests.Unit.Log;

public sealed class WindowTableTests
{
    /// <summary>
    /// A table with random quotas, parked ids, early closes, and the same thing counted slot by slot.
    /// </summary>
    private sealed class Scenario
    {
        public readonly WindowTable Table;
        public readonly List<(Rid Rid, Lsn Lsn)> Slots = [];

        public Scenario(ulong seed)
        {
            var rng = new Rng(seed);
            var rowsMax = rng.Between(1, 7);
            var rotate = rng.Chance(0.5);
            Table = new(rowsMax, rotate);
            var next = new long[6];
            var windows = rng.Between(1, 8);
            (int Rid, int Quota)[] before = [];
            for (var w = 0L; w <= windows; w++)
            {
                // The rows of the window before become final only when the next one is fixed.
                var rows = w == 0 ? 0 : rng.Between(0, rowsMax);
                for (var c = 0L; c < rows; c++)
                {
                    for (var i = 0; i < before.Length; i++)
                    {
                        var (rid, quota) = before[rotate ? (i + c) % before.Length : i];
                        for (var j = 0; j < quota; j++) Slots.Add((new(rid), new(next[rid]++)));
                    }
                }

                before = Enumerable.Range(0, 6).Select(r => (r, (int)rng.Between(0, 3))).Where(p => p.Item2 > 0)
                    .ToArray();
                Table.Add(rows, before.Select(p => new RidQuota(new(p.Rid), p.Quota)).ToArray());
            }

            for (var c = 0L; c < rowsMax; c++)
                for (var i = 0; i < before.Length; i++)
                {
                    var (rid, quota) = before[rotate ? (i + c) % before.Length : i];
                    for (var j = 0; j < quota; j++) Slots.Add((new(rid), new(next[rid]++)));
                }
        }
    }

    [Fact]
    public void The_closed_form_and_its_inverse_agree_with_counting()
    {
        Gen.ULong.Sample(seed =>
        {
            var scenario = new Scenario(seed);
            Assert.Equal(scenario.Slots.Count, scenario.Table.End.Value);
            for (var p = 0; p < scenario.Slots.Count; p++)
            {
                var (rid, lsn) = scenario.Slots[p];
                Assert.True(scenario.Table.TryPosition(rid, lsn, out var position));
                Assert.Equal(p, position.Value);
                Assert.True(scenario.Table.TryLocate(new(p), out var slot));
                Assert.Equal((rid, lsn), (slot.Rid, slot.Lsn));
            }

            Assert.False(scenario.Table.TryLocate(scenario.Table.End, out _));
        }, iter: 3000);
    }

    [Fact]
    public void Forgetting_a_prefix_changes_nothing_above_it()
    {
        Gen.Select(Gen.ULong, Gen.Double[0, 1]).Sample((seed, share) =>
        {
            var scenario = new Scenario(seed);
            var below = (long)(scenario.Slots.Count * share);
            scenario.Table.DropBelow(new(below));
            for (var p = below; p < scenario.Slots.Count; p++)
            {
                var (rid, lsn) = scenario.Slots[(int)p];
                Assert.True(scenario.Table.TryPosition(rid, lsn, out var position));
                Assert.Equal(p, position.Value);
                Assert.True(scenario.Table.TryLocate(new(p), out var slot));
                Assert.Equal((rid, lsn), (slot.Rid, slot.Lsn));
            }
        }, iter: 2000);
    }

    [Fact]
    public void Row_ends_and_committed_slots_agree_with_counting()
    {
        Gen.ULong.Sample(seed =>
        {
            var table = new Scenario(seed).Table;
            for (var r = 0; r < 6; r++)
            {
                var rid = new Rid(r);
                var ends = new List<long> { 0 };
                for (var w = 0L; w < table.Count; w++)
                {
                    var place = table[w].PlaceOf(rid);
                    for (var c = 0L; c <= table[w].Rows; c++)
                        for (var m = 0; m < Math.Max(1, c == table[w].Rows ? 1 : table[w].Count); m++)
                        {
                            var given = place >= 0 && m > table[w].StepOf(c, place) && c < table[w].Rows;
                            if (given) continue;
                            var want = ends[0] + (place < 0 ? 0 : c * table[w].QuotaAt(place));
                            Assert.Equal(want, table.LsnAt(rid, w, c, m).Value);
                        }

                    if (place >= 0) ends[0] += table[w].Rows * table[w].QuotaAt(place);
                }

                Assert.Equal(ends[0], table.EndOf(rid).Value);
                for (var l = 0L; l < ends[0]; l++)
                {
                    Assert.True(table.TryRowEndAfter(rid, new(l), out var end));
                    Assert.True(end.Value > l);
                    Assert.True(table.RowEndAtOrBelow(rid, new(l)).Value <= l);
                    Assert.Equal(end, table.RowEndAtOrBelow(rid, end));
                }
            }
        }, iter: 500);
    }

    [Fact]
    public void A_copy_does_not_follow_the_original()
    {
        var table = new WindowTable(4, rotate: true);
        table.Add(0, [new(new(0), 1), new(new(1), 2)]);
        var copy = table.Clone();
        table.Add(1, [new(new(0), 3)]);
        Assert.Equal(12, copy.End.Value);
        Assert.Equal(3 + 12, table.End.Value);
    }
}
