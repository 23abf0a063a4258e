using Outrider.Core;
using Outrider.Log;

namespace Outrider.Tests.Unit.Log;

public sealed class ShardMemoryTests
{
    [Fact]
    public void Many_batches_come_in_parts_that_one_fetch_brings_and_say_the_same()
    {
        var rng = new Rng(7);
        var batches = Enumerable.Range(0, 60_000)
            .Select(i => new BatchName(new(rng.NextULong()), i * 3L)).ToList();
        List<KeyFloor> floors = [new("a", new(5)), new("b", new(long.MaxValue))];
        var parts = ShardMemory.Split(batches, floors, [new(3), new(1 << 20)]);
        Assert.True(parts.Count > 4);
        Assert.All(parts, part => Assert.InRange(part.Length, 1, Fetcher.BytesDefault - Limits.EntryHeaderBytes));
        var read = parts.Select(part => ShardMemory.TryRead(part)!).ToList();
        Assert.Equal(Enumerable.Range(0, parts.Count), read.Select(part => part.Part));
        Assert.Equal(batches, read.SelectMany(part => part.Batches));
        Assert.Equal(floors, read.SelectMany(part => part.Floors));
        Assert.All(read.SkipLast(1), part => Assert.Empty(part.Carried));
        Assert.Equal([new(3), new(1 << 20)], read[^1].Carried);
    }

    [Fact]
    public void A_batch_of_a_known_producer_takes_a_few_bytes()
    {
        var batches = Enumerable.Range(0, 9_000).Select(i => new BatchName(new(1UL << 60), i * 5L)).ToList();
        Assert.InRange(Assert.Single(ShardMemory.Split(batches, [], [])).Length, 9_000, 9_000 * 3);
    }

    [Fact]
    public void Neither_is_taken_for_a_floor_nor_a_floor_for_it()
    {
        foreach (var part in (byte[][])[.. ShardMemory.Split([], [], []), ShardMemory.Release([new(1)]).Encode()])
            Assert.False(KeyFloor.TryRead(part, out _));
        Assert.Null(ShardMemory.TryRead(new KeyFloor("k", new(9)).Encode()));
    }

    [Fact]
    public void What_a_batch_is_known_by_outlives_its_place_and_a_place_replaces_it()
    {
        var memory = new BatchMemory(2);
        BatchName one = new(new(1), 1), two = new(new(1), 2), three = new(new(2), 1);
        memory.Add(one, BatchMemory.Place.Gone);
        memory.Add(one, new(new(4), new(8), 1));
        memory.Add(one, BatchMemory.Place.Gone);
        Assert.Equal(new(new(4), new(8), 1), memory.Find(one));
        memory.Add(two, BatchMemory.Place.Gone);
        Assert.Equal([two], memory.Where(place => place.IsGone));
        memory.Add(three, BatchMemory.Place.Gone);
        Assert.Null(memory.Find(one));
        Assert.Equal([two, three], memory.Where(static _ => true));
    }
}
