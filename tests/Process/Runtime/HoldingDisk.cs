using Outrider.Core;

namespace Outrider.Tests.Process;

/// <summary>A disk whose syncs the test holds back, to kill a node in the midst of one.</summary>
internal sealed class HoldingDisk(IDisk inner) : IDisk
{
    private readonly Lock _gate = new();
    private TaskCompletionSource<DiskOutcome>? _hold;

    public int Held { get; private set; }

    /// <summary>Data syncs wait from now on, but for the very first ones of an opening journal.</summary>
    public void Hold()
    {
        lock (_gate) _hold = new TaskCompletionSource<DiskOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Release(DiskOutcome outcome) => _hold?.TrySetResult(outcome);

    public void Pass()
    {
        lock (_gate) _hold = null;
    }

    public IReadOnlyList<DiskFile> List() => inner.List();
    public DiskOutcome Create(string name, long sizeBytes) => inner.Create(name, sizeBytes);
    public DiskOutcome Rename(string from, string to) => inner.Rename(from, to);
    public DiskOutcome Delete(string name) => inner.Delete(name);
    public DiskOutcome Write(string name, long offset, ReadOnlySpan<byte> bytes) => inner.Write(name, offset, bytes);
    public DiskOutcome Read(string name, long offset, Span<byte> into) => inner.Read(name, offset, into);
    public DiskOutcome SyncDirectory() => inner.SyncDirectory();

    public DiskOutcome Sync(string name)
    {
        Task<DiskOutcome>? held;
        lock (_gate)
        {
            // Opening a journal happens on the test's own thread and must not wait for itself.
            held = Thread.CurrentThread.Name?.StartsWith("sync", StringComparison.Ordinal) == true ? _hold?.Task : null;
            if (held is not null) Held++;
        }

        if (held is null) return inner.Sync(name);
        var outcome = held.GetAwaiter().GetResult();
        return outcome == DiskOutcome.Ok ? inner.Sync(name) : outcome;
    }
}
