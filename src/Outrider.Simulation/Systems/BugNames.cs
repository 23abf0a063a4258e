using System.Text;
using Outrider.Core;
using Outrider.Storage;

namespace Outrider.Simulation;

/// <summary>Turns "ack-before-sync" into the switch that plants it.</summary>
internal static class BugNames
{
    /// <summary>
    /// The one bug that is the operator's: no switch of a machine, but an empty disk under an old id.
    /// </summary>
    public const string WipedKeepsId = "wiped-keeps-id";

    public static bool TryFlag<T>(string name, out T flag) where T : struct, Enum =>
        Enum.TryParse(ToPascal(name), out flag) && !EqualityComparer<T>.Default.Equals(flag, default);

    /// <summary>The storage bugs with the named one set; none if the name is of another area.</summary>
    public static StorageBugs Storage(string? name)
    {
        if (name is null || typeof(StorageBugs).GetProperty(ToPascal(name)) is not { } property)
            return StorageBugs.None;
        var bugs = new StorageBugs();
        property.SetValue(bugs, true);
        return bugs;
    }

    public static bool IsStorage(string name) => typeof(StorageBugs).GetProperty(ToPascal(name)) is not null;

    public static string ToKebab(string pascal)
    {
        var text = new StringBuilder();
        foreach (var ch in pascal)
        {
            if (char.IsUpper(ch) && text.Length > 0) text.Append('-');
            text.Append(char.ToLowerInvariant(ch));
        }

        return text.ToString();
    }

    private static string ToPascal(string kebab)
    {
        Check.That(kebab.Length > 0);
        return string.Concat(kebab.Split('-', StringSplitOptions.RemoveEmptyEntries)
            .Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
    }
}
