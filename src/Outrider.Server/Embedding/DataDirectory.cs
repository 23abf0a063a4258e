using System.Globalization;
using System.Security.Cryptography;

namespace Outrider.Server.Embedding;

/// <summary>
/// The directory of a region set: a journal a node, the control plane, the cluster's number, the admin token. Held by
/// one process at a time.
/// </summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly FileStream _held;
    private readonly bool _temporary;

    private DataDirectory(string path, bool temporary, FileStream held) =>
        (Path, _temporary, _held) = (path, temporary, held);

    public string Path { get; }

    public string ControlPath => System.IO.Path.Combine(Path, "control");

    public string TokenFile => System.IO.Path.Combine(Path, "admin-token");

    /// <exception cref="OptionsException">Another process uses it, or it cannot be written.</exception>
    public static DataDirectory Open(string? chosen)
    {
        var path = System.IO.Path.GetFullPath(chosen ?? Directory.CreateTempSubdirectory("outrider-").FullName);
        try
        {
            Directory.CreateDirectory(path);
            var held = new FileStream(System.IO.Path.Combine(path, "held"), FileMode.OpenOrCreate,
                FileAccess.ReadWrite, FileShare.None);
            return new(path, chosen is null, held);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new OptionsException($"{path} cannot be used: {failure.Message} "
                + "Is another cluster running on it? `outrider status` tells; or give another with --data DIR");
        }
    }

    public string NodePath(string node) => System.IO.Path.Combine(Path, "nodes", node);

    /// <summary>The cluster's number, drawn once.</summary>
    public ulong ClusterId()
    {
        var file = System.IO.Path.Combine(Path, "cluster-id");
        if (File.Exists(file))
        {
            var text = File.ReadAllText(file).Trim();
            return ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var known)
                ? known : throw new OptionsException($"{file} is damaged: it holds '{text}', no cluster number");
        }

        var drawn = ClusterPlan.DrawClusterId();
        WriteDurably(file, drawn.ToString("x16", CultureInfo.InvariantCulture));
        return drawn;
    }

    public string LayoutFile => System.IO.Path.Combine(Path, "layout.json");

    /// <summary>The layout of the last start, with whoever was added since; null at the first start.</summary>
    public LayoutFile? ReadLayout() => File.Exists(LayoutFile) ? Embedding.LayoutFile.Read(LayoutFile) : null;

    public void WriteLayout(LayoutFile layout) => layout.Write(LayoutFile);

    /// <summary>The token of the administration, readable by this user alone.</summary>
    public string Token(string? chosen)
    {
        if (chosen is null && File.Exists(TokenFile)) return File.ReadAllText(TokenFile).Trim();
        var token = chosen ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        File.Delete(TokenFile);
        WriteDurably(TokenFile, token);
        return token;
    }

    public void Dispose()
    {
        _held.Dispose();
        if (_temporary) Directory.Delete(Path, recursive: true);
    }

    private static void WriteDurably(string file, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var stream = new FileStream(file, options);
        stream.Write(System.Text.Encoding.ASCII.GetBytes(text + "\n"));
        stream.Flush(flushToDisk: true);
    }
}
