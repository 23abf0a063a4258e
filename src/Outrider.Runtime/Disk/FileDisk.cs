using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>
/// Real files in one directory. Files stay open; a sync may run on another thread than the writes. Errors of the
/// system become outcomes: the journal decides what they mean.
/// </summary>
public sealed partial class FileDisk : IDisk, IDisposable
{
    private readonly string _directory;
    private readonly SpareFile _spare;
    private readonly ConcurrentDictionary<string, SafeFileHandle> _handles = new(StringComparer.Ordinal);

    /// <summary>Opens a directory, making it if it is missing.</summary>
    /// <param name="directory">Where all files lie.</param>
    /// <param name="zeroed">New files are written full of zeroes, so that their syncs are short; else their space is
    /// only reserved, which is enough where nobody waits for a sync.</param>
    /// <exception cref="IOException">The directory cannot be made or listed.</exception>
    public FileDisk(string directory, bool zeroed = true)
    {
        _directory = Path.GetFullPath(directory);
        Directory.CreateDirectory(_directory);
        _spare = new SpareFile(_directory, zeroed, Flush);
        foreach (var file in List()) Settle(file.Name);
    }

    /// <summary>What the system said when a call last failed, for the log; null if none did.</summary>
    public string? LastError { get; private set; }

    public IReadOnlyList<DiskFile> List()
    {
        var files = new DirectoryInfo(_directory).GetFiles();
        Array.Sort(files, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return [.. files.Select(file => new DiskFile(file.Name, file.Length))];
    }

    /// <summary>
    /// Really writes the zeroes unless told otherwise: a block that is only reserved costs a change of the file
    /// system's own journal at its first sync, on the path of an acknowledgement. From the second file on it is done
    /// ahead.
    /// </summary>
    public DiskOutcome Create(string name, long sizeBytes)
    {
        var made = Try(() =>
        {
            Forget(name);
            if (_spare.TryTake(PathOf(name), sizeBytes) is { } ready)
            {
                _handles[name] = ready;
                return DiskOutcome.Ok;
            }

            var outcome = _spare.Make(PathOf(name), sizeBytes, out var handle);
            _handles[name] = handle;
            return outcome;
        });
        // Half a file would be taken for a segment at the next start.
        if (made is DiskOutcome.Full or DiskOutcome.IoError) Delete(name);
        else _spare.Prepare(sizeBytes);
        return made;
    }

    public DiskOutcome Rename(string from, string to) => Try(() =>
    {
        Forget(from);
        Forget(to);
        File.Move(PathOf(from), PathOf(to), overwrite: true);
        return DiskOutcome.Ok;
    });

    public DiskOutcome Delete(string name) => Try(() =>
    {
        Forget(name);
        if (!File.Exists(PathOf(name))) return DiskOutcome.NotFound;
        File.Delete(PathOf(name));
        return DiskOutcome.Ok;
    });

    public DiskOutcome Write(string name, long offsetBytes, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(Handle(name), bytes, offsetBytes);
            return DiskOutcome.Ok;
        }
        catch (Exception failure) when (IsOfTheDisk(failure))
        {
            return OutcomeOf(failure);
        }
    }

    public DiskOutcome Read(string name, long offsetBytes, Span<byte> into)
    {
        try
        {
            var handle = Handle(name);
            while (into.Length > 0)
            {
                var count = RandomAccess.Read(handle, into, offsetBytes);
                if (count == 0) return DiskOutcome.IoError;
                into = into[count..];
                offsetBytes += count;
            }

            return DiskOutcome.Ok;
        }
        catch (Exception failure) when (IsOfTheDisk(failure))
        {
            return OutcomeOf(failure);
        }
    }

    public DiskOutcome Sync(string name) => Try(() => Flush(Handle(name)));

    public DiskOutcome SyncDirectory() => Try(() =>
    {
        Posix.SyncDirectory(_directory);
        return DiskOutcome.Ok;
    });

    public void Dispose()
    {
        _spare.Dispose();
        foreach (var name in _handles.Keys) Forget(name);
    }

    /// <summary>
    /// After a failed sync the kernel may hold pages that it calls clean and that are not on the disk. Writing back
    /// what is dirty and dropping the rest makes recovery read what the disk really holds.
    /// </summary>
    private void Settle(string name)
    {
        if (!OperatingSystem.IsLinux()) return;
        Try(() =>
        {
            var handle = Handle(name);
            if (DataSync(handle) == 0) Advise(handle, 0, 0, DontNeed);
            return DiskOutcome.Ok;
        });
    }

    private DiskOutcome Flush(SafeFileHandle handle)
    {
        // The size never changes after creation, so the data is all that a sync must carry.
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(handle);
            return DiskOutcome.Ok;
        }

        return DataSync(handle) == 0 ? DiskOutcome.Ok : ErrnoOutcome(Marshal.GetLastPInvokeError());
    }

    private SafeFileHandle Handle(string name)
    {
        if (_handles.TryGetValue(name, out var handle)) return handle;
        var opened = File.OpenHandle(
            PathOf(name), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (_handles.TryAdd(name, opened)) return opened;
        opened.Dispose();
        return _handles[name];
    }

    private void Forget(string name)
    {
        if (_handles.TryRemove(name, out var handle)) handle.Dispose();
    }

    private string PathOf(string name)
    {
        Check.That(name.Length > 0 && name == Path.GetFileName(name));
        return Path.Combine(_directory, name);
    }

    private DiskOutcome Try(Func<DiskOutcome> call)
    {
        try
        {
            return call();
        }
        catch (Exception failure) when (IsOfTheDisk(failure))
        {
            return OutcomeOf(failure);
        }
    }

    private static bool IsOfTheDisk(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or ObjectDisposedException;

    private DiskOutcome OutcomeOf(Exception failure)
    {
        if (failure is FileNotFoundException or DirectoryNotFoundException) return DiskOutcome.NotFound;
        LastError = failure.Message;
        return IsFull(failure.HResult & 0xFFFF) ? DiskOutcome.Full : DiskOutcome.IoError;
    }

    private DiskOutcome ErrnoOutcome(int errno)
    {
        LastError = Marshal.GetPInvokeErrorMessage(errno);
        return IsFull(errno) ? DiskOutcome.Full : DiskOutcome.IoError;
    }

    // No space left or over quota; numbers differ by system.
    private static bool IsFull(int code) => OperatingSystem.IsWindows()
        ? code is 0x27 or 0x70
        : code == 28 || code == (OperatingSystem.IsMacOS() ? 69 : 122);

    private const int DontNeed = 4;

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int DataSync(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "posix_fadvise", SetLastError = true)]
    private static partial int Advise(SafeFileHandle handle, long offset, long length, int advice);
}
