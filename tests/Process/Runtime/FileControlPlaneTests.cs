using Outrider.Core;
using Outrider.Runtime;

namespace Outrider.Tests.Process;

public sealed class FileControlPlaneTests : ControlPlaneContract, IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly FileControlPlane _one;
    private readonly FileControlPlane _two;

    public FileControlPlaneTests()
    {
        _one = new FileControlPlane(_scratch.Path);
        _two = new FileControlPlane(_scratch.Path);
    }

    protected override IControlPlane Plane => _one;
    protected override IControlPlane OtherPlane => _two;

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task HeldLockDelaysButDoesNotStop()
    {
        // A process that was stopped while it held the lock.
        using var held = new FileStream(
            _scratch.Sub("lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        Assert.True((await Compare(Plane, Write("a", 0, "one")))[0].Won);
        Assert.False((await Compare(OtherPlane, Write("a", 0, "two")))[0].Won);
    }

    [Fact]
    public async Task RemainsOfDeadWritersAreHarmless()
    {
        await Compare(Plane, Write("a", 0, "one"));
        await File.WriteAllTextAsync(_scratch.Sub("new-1-dead"), "half a state", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_scratch.Sub("state.x"), "no state", TestContext.Current.CancellationToken);
        using var later = new FileControlPlane(_scratch.Path);
        Assert.Equal("one", Text(await Read(later, "a")));
        Assert.True((await Compare(later, Write("b", 0, "two")))[0].Won);
    }

    [Fact]
    public async Task DamagedStateIsRefusedNotReset()
    {
        await Compare(Plane, Write("a", 0, "one"));
        var newest = Directory.GetFiles(_scratch.Path, "state.*").Max()!;
        var bytes = await File.ReadAllBytesAsync(newest, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(newest, bytes, TestContext.Current.CancellationToken);
        var error = Assert.Throws<IOException>(() => new FileControlPlane(_scratch.Path));
        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OldGenerationsAreCleanedAway()
    {
        var version = 0L;
        for (var i = 0; i < 200; i++)
            version = (await Compare(Plane, Write("a", version, $"{i}")))[0].Current.Version;
        Assert.InRange(Directory.GetFiles(_scratch.Path, "state.*").Length, 1, 100);
        Assert.Equal("199", Text(await Read(OtherPlane, "a")));
    }

    [Fact]
    public async Task LastsOverARestart()
    {
        var won = await Compare(Plane, Write("a", 0, "one"));
        _one.Dispose();
        using var later = new FileControlPlane(_scratch.Path);
        var value = await Read(later, "a");
        Assert.Equal("one", Text(value));
        Assert.Equal(won[0].Current.Version, value.Version);
        var answer = await Call(_one, id => new ControlCall.Read(id, "a"));
        Assert.IsType<ControlAnswer.Unknown>(answer);
    }
}
