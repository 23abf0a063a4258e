using Outrider.Core;
using Outrider.Log;

namespace Outrider.Tests.Unit.Log;

public sealed class SlotMarksTests
{
    [Fact]
    public void A_cut_never_parts_what_has_no_slot_from_the_slot_behind_it()
    {
        var rng = new Rng(3);
        for (var round = 0; round < 50; round++)
        {
            var marks = new SlotMarks();
            var entries = new List<Entry>();
            for (var i = 1; i <= 400; i++)
            {
                var slots = rng.Chance(0.4) ? 0 : (int)rng.Between(1, 5);
                var kind = slots == 0 ? EntryKind.Control : EntryKind.Records;
                entries.Add(new(
                    new(i), new(1), kind, entries.Count == 0 ? 0 : entries[^1].EndSlot, slots, ProducerId.None, 0,
                    default));
                marks.Note(entries[^1]);
            }

            var cuts = 0;
            for (var slot = 0L; slot <= entries[^1].EndSlot; slot++)
            {
                var (index, end) = marks.WholeBelow(new(slot));
                Assert.True(end.Value <= slot);
                if (index == LogIndex.Zero) continue;
                cuts++;
                var last = entries[(int)index.Value - 1];
                Assert.Equal((end.Value, true), (last.EndSlot, last.Slots > 0));
            }

            Assert.True(cuts > 100);
        }
    }

    [Fact]
    public void A_truncation_down_to_a_mark_before_the_base_begins_at_the_base()
    {
        var marks = new SlotMarks();
        for (var i = 1; i <= 40; i++)
            marks.Note(new(new(i), new(1), EntryKind.Holes, i - 1, 1, ProducerId.None, 0, default));
        var streamBase = StreamBase.Empty with { Index = new(10), EndSlot = 10 };
        marks.Rebase(streamBase);
        marks.Truncate(new(12), streamBase);
        Assert.Equal((new LogIndex(10), new Lsn(10)), (marks.Last, marks.EndSlot));
    }
}
