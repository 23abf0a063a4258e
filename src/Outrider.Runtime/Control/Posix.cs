using System.Runtime.InteropServices;

namespace Outrider.Runtime;

/// <summary>The two calls that the base library lacks, with what stands in for them on Windows.</summary>
internal static partial class Posix
{
    private const int ReadOnly = 0;
    private const int AlreadyExists = 17;

    /// <summary>Makes names in a directory durable.</summary>
    /// <exception cref="IOException">The directory cannot be opened or synced.</exception>
    public static void SyncDirectory(string directory)
    {
        // NTFS journals its names; there is no call for a directory.
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Open(directory, ReadOnly, 0);
        if (descriptor < 0) throw Failure("open", directory);
        try
        {
            if (Sync(descriptor) != 0) throw Failure("fsync", directory);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>
    /// Gives a file a further name; false when the name is taken. Atomic, which a move without overwriting is not on
    /// Unix: the base library looks first and renames then.
    /// </summary>
    /// <exception cref="IOException">Neither done nor taken, such as a file system without hard links.</exception>
    public static bool TryName(string file, string name)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                File.Move(file, name, overwrite: false);
                return true;
            }
            catch (IOException) when (File.Exists(name))
            {
                return false;
            }
        }

        if (Link(file, name) == 0) return true;
        if (Marshal.GetLastPInvokeError() == AlreadyExists) return false;
        throw Failure("link", name);
    }

    private static IOException Failure(string call, string path) =>
        new($"{call} of {path}: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string name);
}
