namespace Outrider.Bench;

/// <summary>Programs that the benchmark compares with.</summary>
internal static class Tools
{
    /// <summary>etcd from the path, or from <c>.tools/</c>, where the process tests unpack it.</summary>
    public static string? FindEtcd()
    {
        var directories = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Append(Path.Combine(".tools", "usr", "bin"));
        return directories.Select(d => Path.Combine(d, "etcd")).FirstOrDefault(File.Exists);
    }
}
