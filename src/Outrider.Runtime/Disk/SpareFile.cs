using Microsoft.Win32.SafeHandles;
using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>
/// A file of zeroes made ahead of its need, on another thread: writing tens of megabytes in the middle of a turn would
/// stop the node for as long. It lies in a directory of its own, where no start takes it for a segment.
/// </summary>
internal sealed class SpareFile : IDisposable
{
    private const int ChunkBytes = 1 << 20;
    private readonly string _directory;
    private readonly string _path;
    private readonly bool _zeroed;
    private readonly Func<SafeFileHandle, DiskOutcome> _flush;
    private readonly Lock _gate = new();
    private SafeFileHandle? _ready;
    private long _readyBytes;
    private Task _making = Task.CompletedTask;
    private bool _over;

    public SpareFile(string journalDirectory, bool zeroed, Func<SafeFileHandle, DiskOutcome> flush)
    {
        _zeroed = zeroed;
        _directory = Path.Combine(journalDirectory, "spare");
        _path = Path.Combine(_directory, "next");
        _flush = flush;
        // Left by an earlier life, perhaps half made.
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Gives the spare its name; null if there is none of this size.</summary>
    public SafeFileHandle? TryTake(string path, long sizeBytes)
    {
        lock (_gate)
        {
            if (_ready is not { } handle || _readyBytes != sizeBytes) return null;
            File.Move(_path, path, overwrite: true);
            _ready = null;
            return handle;
        }
    }

    /// <summary>Begins to make one, if none is there or under way; its failure shows when one is needed.</summary>
    public void Prepare(long sizeBytes)
    {
        lock (_gate)
        {
            if (_over || _ready is not null || !_making.IsCompleted) return;
            // A thread of its own: those of the pool may all be busy with clients for longer than a segment lasts.
            _making = Task.Factory.StartNew(
                () => MakeNext(sizeBytes), CancellationToken.None, TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
        }
    }

    /// <summary>Makes a file that reads as zeroes, and its space durable.</summary>
    public DiskOutcome Make(string path, long sizeBytes, out SafeFileHandle handle)
    {
        handle = File.OpenHandle(
            path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.None,
            sizeBytes);
        try
        {
            if (_zeroed) Zero(handle, sizeBytes);
            else RandomAccess.SetLength(handle, sizeBytes);
            return _flush(handle);
        }
        catch (IOException)
        {
            // Open, it would go on taking the space that a full disk lacks.
            handle.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Task making;
        lock (_gate)
        {
            _over = true;
            making = _making;
        }

        // Whoever removes the directory next must not find a file that is still growing.
        making.Wait();
        _ready?.Dispose();
        _ready = null;
    }

    private static void Zero(SafeFileHandle handle, long sizeBytes)
    {
        var zeroes = new byte[Math.Min(sizeBytes, ChunkBytes)];
        for (var at = 0L; at < sizeBytes; at += zeroes.Length)
            RandomAccess.Write(handle, zeroes.AsSpan(0, (int)Math.Min(zeroes.Length, sizeBytes - at)), at);
    }

    private void MakeNext(long sizeBytes)
    {
        SafeFileHandle? made = null;
        try
        {
            Directory.CreateDirectory(_directory);
            if (Make(_path, sizeBytes, out made) == DiskOutcome.Ok)
            {
                lock (_gate) (_ready, _readyBytes) = (made, sizeBytes);
                return;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Said below: there is none.
        }

        // Half a spare would only take the space that a full disk lacks.
        made?.Dispose();
        File.Delete(_path);
    }
}
