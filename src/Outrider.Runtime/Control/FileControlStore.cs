using System.Globalization;

namespace Outrider.Runtime;

internal enum CommitOutcome : byte
{
    Won,
    /// <summary>Somebody else made this generation first: evaluate again.</summary>
    Lost,
    /// <summary>It is not known whether the write stands.</summary>
    Unknown,
}

/// <summary>
/// The state files of a file control plane: <c>state.N</c> for a few newest N. A generation comes into being by giving
/// a finished, synced file its name, which fails if the name is taken: that, and not a lock, is what makes two
/// processes agree, so a process that is stopped between any two instructions and wakes a day later can break nothing.
/// </summary>
internal sealed class FileControlStore
{
    private const int Keep = 64;
    private const string Prefix = "state.";
    private readonly string _directory;
    private readonly string _scratch;
    private ControlState _known = ControlState.Empty();

    public FileControlStore(string directory)
    {
        _directory = directory;
        Directory.CreateDirectory(directory);
        // Left by processes that died between two steps; one that is merely stopped will fail and try again.
        foreach (var path in Directory.EnumerateFiles(directory, "new-*"))
            if (File.GetLastWriteTimeUtc(path) < DateTime.UtcNow.AddDays(-1)) File.Delete(path);
        _scratch = Path.Combine(directory, $"new-{Environment.ProcessId}-{Guid.NewGuid():n}");
    }

    /// <summary>True if a generation newer than the one last read may exist: one look at one name.</summary>
    public bool HasChanged => File.Exists(PathOf(_known.Generation + 1)) || !IsCurrent();

    /// <summary>The newest state.</summary>
    /// <exception cref="IOException">The directory cannot be read, or the newest state is damaged.</exception>
    public ControlState Load()
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var newest = Newest();
            if (newest == _known.Generation) return _known;
            // Whoever acts on a generation must not be alone with it after a loss of power.
            Posix.SyncDirectory(_directory);
            byte[] bytes;
            try
            {
                bytes = File.ReadAllBytes(PathOf(newest));
            }
            catch (FileNotFoundException)
            {
                // Deleted between the look and the read: many generations have come since. Look again.
                continue;
            }

            if (ControlState.IsOfLaterFormat(bytes))
            {
                throw new IOException(
                    $"{PathOf(newest)} has a later format than this release reads. Likely a newer release ran on this "
                    + "directory. Start that release again; see which one this is with: outrider version");
            }

            _known = ControlState.Decode(bytes) ?? throw new IOException(
                $"{PathOf(newest)} is damaged. Stop all nodes, move this one file away (the state before it is "
                + $"{Prefix}{newest - 1}), and start again.");
            return _known;
        }

        throw new IOException($"{_directory} changes faster than it can be read");
    }

    /// <summary>Tries to make <paramref name="next"/> the newest generation.</summary>
    public CommitOutcome Commit(ControlState next, UInt128 mark)
    {
        // Created anew each time: until it is unlinked, the name used last is a second name of a state that stands.
        using (var file = new FileStream(_scratch, FileMode.CreateNew, FileAccess.Write))
        {
            file.Write(next.Encode());
            file.Flush(flushToDisk: true);
        }

        bool given;
        try
        {
            given = Posix.TryName(_scratch, PathOf(next.Generation));
        }
        finally
        {
            File.Delete(_scratch);
        }

        if (!given) return CommitOutcome.Lost;
        Posix.SyncDirectory(_directory);
        var standing = Load();
        if (standing.Holds(mark))
        {
            Clean(standing.Generation);
            return CommitOutcome.Won;
        }

        // The name was free because it had been cleaned away long ago: this process was stopped for a long time.
        return standing.Reaches(next.Generation) ? CommitOutcome.Lost : CommitOutcome.Unknown;
    }

    public void Dispose() => File.Delete(_scratch);

    private string PathOf(long generation) =>
        Path.Combine(_directory, Prefix + generation.ToString(CultureInfo.InvariantCulture));

    private bool IsCurrent() => _known.Generation == 0 || File.Exists(PathOf(_known.Generation));

    private long Newest()
    {
        var newest = 0L;
        foreach (var path in Directory.EnumerateFiles(_directory, Prefix + "*"))
        {
            var name = Path.GetFileName(path.AsSpan())[Prefix.Length..];
            if (long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var n))
                newest = Math.Max(newest, n);
        }

        return newest;
    }

    /// <summary>Removes old generations, the oldest first: a reader relies on that order.</summary>
    private void Clean(long newest)
    {
        if (newest % 16 != 0) return;
        var old = new List<long>();
        foreach (var path in Directory.EnumerateFiles(_directory, Prefix + "*"))
        {
            var name = Path.GetFileName(path.AsSpan())[Prefix.Length..];
            if (long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n <= newest - Keep)
                old.Add(n);
        }

        old.Sort();
        foreach (var generation in old) File.Delete(PathOf(generation));
    }
}
