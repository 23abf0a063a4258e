namespace Outrider.Bench;

/// <summary>A directory for one cluster's data, gone afterwards.</summary>
internal sealed class Scratch : IDisposable
{
    private const string Memory = "/dev/shm";

    private Scratch(string path) => Path = path;

    public string Path { get; }

    /// <summary>On a file system in memory if asked for and there is one; else where temporary files go.</summary>
    public static Scratch Make(bool inMemory)
    {
        var root = inMemory && Directory.Exists(Memory) ? Memory : System.IO.Path.GetTempPath();
        var path = System.IO.Path.Combine(root, $"outrider-bench-{Guid.NewGuid():n}");
        Directory.CreateDirectory(path);
        return new Scratch(path);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
