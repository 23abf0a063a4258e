using System.Globalization;
using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>
/// Leases of a file control plane: one small file each, holding until when it lasts on the boot clock, which all
/// processes of the machine share. They detect and never authorize, so they are neither locked nor synced; after a
/// reboot the clock has begun anew and all of them count as expired.
/// </summary>
internal sealed class FileLeases
{
    private readonly string _directory;
    private readonly string _boot = BootId();

    public FileLeases(string directory)
    {
        _directory = directory;
        Directory.CreateDirectory(directory);
    }

    public void Keep(NodeId node, string name, long ttlMs)
    {
        var until = MonotonicClock.NowMicros + ttlMs * 1000;
        var path = Path.Combine(_directory, Uri.EscapeDataString(name));
        var temporary = $"{path}~{Environment.ProcessId}-{Environment.CurrentManagedThreadId}";
        var started = Find(path) is { } standing && standing.Node == node ? standing.Started : MonotonicClock.NowMicros;
        File.WriteAllText(temporary, string.Create(
            CultureInfo.InvariantCulture, $"{_boot} {node.Value} {started} {until} {ttlMs}\n"));
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>The leases that stand now, as values: the version tells one grant from the next.</summary>
    public SortedDictionary<string, ControlValue> Standing()
    {
        var standing = new SortedDictionary<string, ControlValue>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(_directory))
        {
            var file = Path.GetFileName(path);
            if (file.Contains('~') || Find(path) is not { } lease) continue;
            var name = Uri.UnescapeDataString(file);
            standing[name] = new ControlValue(name, lease.Started, BitConverter.GetBytes(lease.Node.Value));
        }

        return standing;
    }

    private (NodeId Node, long Started)? Find(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        var parts = text.Split(' ');
        if (parts.Length != 5 || parts[0] != _boot
            || !int.TryParse(parts[1], CultureInfo.InvariantCulture, out var node)
            || !long.TryParse(parts[2], CultureInfo.InvariantCulture, out var started)
            || !long.TryParse(parts[3], CultureInfo.InvariantCulture, out var until)
            || !long.TryParse(parts[4], CultureInfo.InvariantCulture, out var ttlMs)) return null;
        var now = MonotonicClock.NowMicros;
        // Further ahead than it was ever granted: the clock has begun anew where no boot id tells.
        return until > now && until - now <= ttlMs * 1000 ? (new NodeId(node), started) : null;
    }

    private static string BootId()
    {
        const string linux = "/proc/sys/kernel/random/boot_id";
        return File.Exists(linux) ? File.ReadAllText(linux).Trim() : "boot";
    }
}
