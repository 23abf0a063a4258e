using System.Diagnostics;
using System.Text.Json;

namespace Outrider.Cli;

/// <summary>
/// What a running cluster leaves for the other verbs: where it answers, and which process it is. One file a cluster in
/// the user's own directory, named by its HTTP port, readable by the user alone because it points at the admin token.
/// </summary>
internal sealed record RunState(
    int ProcessId, string Resp, string Http, string TokenFile, string Data, bool DataIsTemporary)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string Folder { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("OUTRIDER_HOME")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".outrider"),
        "run");

    /// <summary>The admin token, or null when the cluster has gone and taken its directory with it.</summary>
    public string? ReadToken() => File.Exists(TokenFile) ? File.ReadAllText(TokenFile).Trim() : null;

    public void Save()
    {
        Directory.CreateDirectory(Folder);
        var path = PathFor(Http);
        // Written aside and renamed: a reader never sees half a file.
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(this, Options));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path + ".new", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(path + ".new", path, overwrite: true);
    }

    public void Remove() => File.Delete(PathFor(Http));

    /// <summary>The newest cluster whose process still runs; null if there is none.</summary>
    public static RunState? FindRunning(string? http)
    {
        if (!Directory.Exists(Folder)) return null;
        var files = new DirectoryInfo(Folder).GetFiles("*.json").OrderByDescending(f => f.LastWriteTimeUtc);
        foreach (var file in files)
        {
            if (Load(file.FullName) is not { } state) continue;
            if (!IsAlive(state.ProcessId)) file.Delete();
            else if (http is null || SameAddress(state.Http, http)) return state;
        }

        return null;
    }

    private static RunState? Load(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<RunState>(File.ReadAllText(path), Options);
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            return null;
        }
    }

    private static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static bool SameAddress(string a, string b) =>
        string.Equals(Authority(a), Authority(b), StringComparison.OrdinalIgnoreCase);

    private static string Authority(string address) =>
        address.Contains("://", StringComparison.Ordinal) ? new Uri(address).Authority : address;

    private static string PathFor(string http) => Path.Combine(Folder, $"{new Uri(http).Port}.json");
}
