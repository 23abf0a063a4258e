using Outrider.Core;
using Xunit;

namespace Outrider.Tests.Unit.Core;

public sealed class SortedTableTests
{
    [Fact]
    public void Does_what_a_sorted_dictionary_does()
    {
        var rng = new Rng(7);
        var table = new SortedTable<long, string>();
        var model = new SortedDictionary<long, string>();
        for (var i = 0; i < 20_000; i++)
        {
            long key = rng.Below(40);
            switch (rng.Below(5))
            {
                case 0:
                    Assert.Equal(model.Remove(key, out var gone), table.Remove(key, out var removed));
                    Assert.Equal(gone, removed);
                    break;
                case 1 when !model.ContainsKey(key):
                    model.Add(key, $"a{i}");
                    table.Add(key, $"a{i}");
                    break;
                case 2:
                    model[key] = $"s{i}";
                    table[key] = $"s{i}";
                    break;
                case 3 when i % 500 == 0:
                    model.Clear();
                    table.Clear();
                    break;
                default:
                    Assert.Equal(model.TryGetValue(key, out var wanted), table.TryGetValue(key, out var found));
                    Assert.Equal(wanted, found);
                    Assert.Equal(model.ContainsKey(key), table.ContainsKey(key));
                    break;
            }

            if (i % 97 != 0) continue;
            Assert.Equal(model.ToList(), table.ToList());
            Assert.Equal(model.Keys.ToArray(), table.Keys.ToArray());
            var values = new List<string>();
            foreach (var value in table.Values) values.Add(value);
            Assert.Equal(model.Values.ToList(), values);
            Assert.Equal(model.Count, table.Count);
        }
    }

    [Fact]
    public void A_key_is_added_once_and_not_found_when_gone()
    {
        var table = new SortedTable<int, int> { [3] = 1 };
        Assert.Throws<ArgumentException>(() => table.Add(3, 2));
        Assert.True(table.Remove(3));
        Assert.False(table.Remove(3));
        Assert.Throws<KeyNotFoundException>(() => table[3]);
    }

    [Fact]
    public void Changing_it_while_walking_is_a_bug_that_is_found()
    {
        var table = new SortedTable<int, int> { [1] = 1, [2] = 2 };
        Assert.Throws<InvariantViolation>(() =>
        {
            foreach (var (key, _) in table) table.Remove(key);
        });
    }

    [Fact]
    public void Walking_allocates_nothing()
    {
        var table = new SortedTable<int, object>();
        for (var i = 0; i < 10; i++) table.Add(i, this);
        long Walk()
        {
            var sum = 0L;
            foreach (var (key, _) in table) sum += key;
            foreach (var value in table.Values) sum += ReferenceEquals(value, this) ? 1 : 0;
            return sum;
        }

        Assert.Equal(55, Walk());
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) Walk();
        // A closure is made once, not a thousand times.
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000);
    }
}
