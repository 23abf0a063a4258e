using System.Collections.Concurrent;
using System.Text;
using Outrider.Core;

namespace Outrider.Tests.Process;

/// <summary>
/// What every control plane must do, whatever is behind it. Each test uses keys of its own, for a real store may be
/// shared by the tests of a class.
/// </summary>
public abstract class ControlPlaneContract
{
    private static readonly NodeId Node = new(1);
    private long _calls;

    protected abstract IControlPlane Plane { get; }

    /// <summary>A second door to the same store, as another process would have it.</summary>
    protected abstract IControlPlane OtherPlane { get; }

    private string Key { get; } = $"test/{Guid.NewGuid():n}/";

    [Fact]
    public async Task AbsentKeyHasVersionZero()
    {
        var value = await Read(Plane, Key + "a");
        Assert.False(value.Exists);
        Assert.Equal(Key + "a", value.Key);
        Assert.True(value.Value.IsEmpty);
    }

    [Fact]
    public async Task FirstWriteExpectsAbsence()
    {
        var won = await Compare(Plane, Write(Key + "a", 0, "one"));
        Assert.True(won[0].Won);
        Assert.NotEqual(0, won[0].Current.Version);
        var again = await Compare(Plane, Write(Key + "a", 0, "two"));
        Assert.False(again[0].Won);
        Assert.Equal("one", Text(again[0].Current));
        Assert.Equal(won[0].Current.Version, again[0].Current.Version);
    }

    [Fact]
    public async Task LaterDoorSeesWhatTheFirstWrote()
    {
        var won = await Compare(Plane, Write(Key + "a", 0, "one"));
        var seen = await Read(OtherPlane, Key + "a");
        Assert.Equal("one", Text(seen));
        Assert.Equal(won[0].Current.Version, seen.Version);
        var next = await Compare(OtherPlane, Write(Key + "a", seen.Version, "two"));
        Assert.True(next[0].Won);
        Assert.False((await Compare(Plane, Write(Key + "a", seen.Version, "three")))[0].Won);
        Assert.Equal("two", Text(await Read(Plane, Key + "a")));
    }

    [Fact]
    public async Task BatchIsJudgedKeyByKey()
    {
        await Compare(Plane, Write(Key + "taken", 0, "x"));
        var outcomes = await Compare(
            Plane, Write(Key + "a", 0, "1"), Write(Key + "taken", 0, "y"), Write(Key + "b", 0, "2"));
        Assert.Equal([true, false, true], outcomes.Select(o => o.Won));
        Assert.Equal("x", Text(outcomes[1].Current));
        Assert.Equal("2", Text(await Read(Plane, Key + "b")));
    }

    [Fact]
    public async Task DeletedKeyNeverComesBackWithAnEarlierVersion()
    {
        var first = await Compare(Plane, Write(Key + "a", 0, "one"));
        var gone = await Compare(Plane, Write(Key + "a", first[0].Current.Version, ""));
        Assert.True(gone[0].Won);
        Assert.False((await Read(Plane, Key + "a")).Exists);
        var second = await Compare(Plane, Write(Key + "a", 0, "again"));
        Assert.True(second[0].Won);
        Assert.True(second[0].Current.Version > first[0].Current.Version);
    }

    [Fact]
    public async Task ListIsSortedAndWithinThePrefix()
    {
        await Compare(Plane, Write(Key + "b", 0, "2"), Write(Key + "a", 0, "1"), Write(Key + "c/d", 0, "3"));
        var list = await Ask<ControlAnswer.Values>(Plane, id => new ControlCall.List(id, Key));
        Assert.Equal([Key + "a", Key + "b", Key + "c/d"], list.Items.Select(i => i.Key));
        var one = await Ask<ControlAnswer.Values>(Plane, id => new ControlCall.List(id, Key + "c"));
        Assert.Equal("3", Text(Assert.Single(one.Items)));
    }

    [Fact]
    public async Task OneOfManyRivalsWins()
    {
        var rivals = Enumerable.Range(0, 16).Select(i =>
            Compare(i % 2 == 0 ? Plane : OtherPlane, Write(Key + "a", 0, $"rival {i}")));
        var outcomes = await Task.WhenAll(rivals);
        var winner = Assert.Single(outcomes, o => o[0].Won)[0].Current;
        foreach (var outcome in outcomes) Assert.Equal(Text(winner), Text(outcome[0].Current));
    }

    [Fact]
    public async Task EveryIncrementCountsOnce()
    {
        async Task Increment(IControlPlane plane)
        {
            for (var done = 0; done < 10;)
            {
                var now = await Read(plane, Key + "n");
                var next = now.Exists ? int.Parse(Text(now)) + 1 : 1;
                if ((await Compare(plane, Write(Key + "n", now.Version, $"{next}")))[0].Won) done++;
            }
        }

        await Task.WhenAll(Increment(Plane), Increment(OtherPlane), Increment(Plane), Increment(OtherPlane));
        Assert.Equal("40", Text(await Read(OtherPlane, Key + "n")));
    }

    [Fact]
    public async Task WatcherHearsOfEachKeyThatChanged()
    {
        var heard = new ConcurrentQueue<ControlValue>();
        await Ask<ControlAnswer.Done>(Plane, id => new ControlCall.Watch(id, Key), c => heard.Enqueue(c.Value));
        var won = await Compare(OtherPlane, Write(Key + "a", 0, "one"));
        await Patience.Until(() => heard.Any(v => v.Key == Key + "a" && v.Version == won[0].Current.Version), "a");
        await Compare(Plane, Write(Key + "a", won[0].Current.Version, ""));
        await Patience.Until(() => heard.Any(v => v.Key == Key + "a" && !v.Exists), "deletion of a");
        await Compare(Plane, Write(Key.Replace("test/", "other/", StringComparison.Ordinal), 0, "not watched"));
        await Compare(OtherPlane, Write(Key + "b", 0, "two"));
        await Patience.Until(() => heard.Any(v => v.Key == Key + "b"), "b");
        Assert.DoesNotContain(heard, v => !v.Key.StartsWith(Key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task LeaseIsSeenWhileKeptAndExpiresAfterwards()
    {
        var heard = new ConcurrentQueue<ControlValue>();
        await Ask<ControlAnswer.Done>(OtherPlane, id => new ControlCall.Watch(id, Key), c => heard.Enqueue(c.Value));
        await Ask<ControlAnswer.Done>(Plane, id => new ControlCall.KeepLease(id, Key + "lease", 2000));
        await Patience.Until(() => heard.Any(v => v.Key == Key + "lease" && v.Exists), "the lease appears");
        Assert.True((await Read(OtherPlane, Key + "lease")).Exists);
        for (var i = 0; i < 5; i++)
            await Ask<ControlAnswer.Done>(Plane, id => new ControlCall.KeepLease(id, Key + "lease", 2000));
        Assert.True((await Read(OtherPlane, Key + "lease")).Exists);
        await Patience.Until(() => heard.Any(v => v.Key == Key + "lease" && !v.Exists), "the lease expires");
        Assert.False((await Read(Plane, Key + "lease")).Exists);
    }

    protected static ControlWrite Write(string key, long version, string value) =>
        new(key, version, Encoding.UTF8.GetBytes(value));

    protected static string Text(ControlValue value) => Encoding.UTF8.GetString(value.Value.Span);

    protected async Task<ControlValue> Read(IControlPlane plane, string key) =>
        Assert.Single((await Ask<ControlAnswer.Values>(plane, id => new ControlCall.Read(id, key))).Items);

    protected async Task<IReadOnlyList<ControlOutcome>> Compare(IControlPlane plane, params ControlWrite[] writes) =>
        (await Ask<ControlAnswer.Compared>(plane, id => new ControlCall.CompareAndSet(id, writes))).Outcomes;

    protected async Task<ControlAnswer> Call(
        IControlPlane plane, Func<long, ControlCall> call, Action<ControlChange>? change = null)
    {
        var answered = new TaskCompletionSource<ControlAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        var id = Interlocked.Increment(ref _calls);
        plane.Call(Node, call(id), answered.SetResult, change ?? (_ => { }));
        var answer = await Patience.Get(answered.Task);
        Assert.Equal(id, answer.Id);
        return answer;
    }

    private async Task<T> Ask<T>(
        IControlPlane plane, Func<long, ControlCall> call, Action<ControlChange>? change = null)
        where T : ControlAnswer => Assert.IsType<T>(await Call(plane, call, change));
}
