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
    private readonly Func<SafeFileHandle, DiskOutcome> _flush;
    private readonly Lock _gate = new();
    private SafeFileHandle? _ready;
    private long _readyBytes;
    private Task _making = Task.CompletedTask;
    private bool _over;

    public SpareFile(string journalDirectory, Func<SafeFileHandle, DiskOutcome> flush)
    {
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
            _making = Task.Run(() => Make(sizeBytes));
        }
    }

    /// <summary>Writes a new file full of zeroes and makes them durable.</summary>
    public static DiskOutcome Fill(SafeFileHandle handle, long sizeBytes, Func<SafeFileHandle, DiskOutcome> flush)
    {
        var zeroes = new byte[Math.Min(sizeBytes, ChunkBytes)];
        for (var at = 0L; at < sizeBytes; at += zeroes.Length)
            RandomAccess.Write(handle, zeroes.AsSpan(0, (int)Math.Min(zeroes.Length, sizeBytes - at)), at);
        return flush(handle);
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

    private void Make(long sizeBytes)
    {
        SafeFileHandle? made = null;
        try
        {
            Directory.CreateDirectory(_directory);
            made = File.OpenHandle(
                _path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete,
                FileOptions.None, sizeBytes);
            if (Fill(made, sizeBytes, _flush) == DiskOutcome.Ok)
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
        if (made is not null) File.Delete(_path);
    }
}
