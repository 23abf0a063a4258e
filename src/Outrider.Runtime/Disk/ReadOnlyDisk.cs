using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>A directory that is only looked at: nothing is made, synced or changed, whoever owns it.</summary>
public sealed class ReadOnlyDisk(string directory) : IDisk
{
    public IReadOnlyList<DiskFile> List()
    {
        var files = new DirectoryInfo(directory).GetFiles();
        Array.Sort(files, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return [.. files.Select(file => new DiskFile(file.Name, file.Length))];
    }

    public DiskOutcome Read(string name, long offsetBytes, Span<byte> into)
    {
        try
        {
            using var handle = File.OpenHandle(
                Path.Combine(directory, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            while (into.Length > 0)
            {
                var count = RandomAccess.Read(handle, into, offsetBytes);
                if (count == 0) return DiskOutcome.IoError;
                into = into[count..];
                offsetBytes += count;
            }

            return DiskOutcome.Ok;
        }
        catch (FileNotFoundException)
        {
            return DiskOutcome.NotFound;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return DiskOutcome.IoError;
        }
    }

    public DiskOutcome Create(string name, long sizeBytes) => DiskOutcome.IoError;
    public DiskOutcome Rename(string from, string to) => DiskOutcome.IoError;
    public DiskOutcome Delete(string name) => DiskOutcome.IoError;
    public DiskOutcome Write(string name, long offsetBytes, ReadOnlySpan<byte> bytes) => DiskOutcome.IoError;
    public DiskOutcome Sync(string name) => DiskOutcome.IoError;
    public DiskOutcome SyncDirectory() => DiskOutcome.IoError;
}
