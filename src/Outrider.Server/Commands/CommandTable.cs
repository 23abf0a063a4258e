using System.Text;

namespace Outrider.Server.Commands;

/// <summary>All commands by name; the source of dispatch, COMMAND and the documentation's table.</summary>
public sealed class CommandTable
{
    // Longest name: looked up from raw bytes without allocating.
    private const int NameBytesMax = 32;
    private readonly Dictionary<string, Command> _byName = new(StringComparer.Ordinal);

    public CommandTable(IEnumerable<Command> commands)
    {
        foreach (var command in commands) _byName.Add(command.Name, command);
        All = [.. _byName.Values.OrderBy(command => command.Name, StringComparer.Ordinal)];
    }

    public static CommandTable Standard { get; } = new(
    [
        .. ConnectionCommands.All,
        .. ServerCommands.All,
        .. KeyCommands.All,
        .. StreamWrites.All,
        .. StreamReads.All,
        .. GroupCommands.All,
        .. GroupReads.All,
        .. GroupClaims.All,
        .. StreamInfo.All,
        .. LogCommands.All,
        .. LogFollowing.All,
        .. LogSearch.All,
    ]);

    /// <summary>Ascending by name.</summary>
    public IReadOnlyList<Command> All { get; }

    /// <summary>Null when there is none of that name.</summary>
    public Command? Find(ReadOnlySpan<byte> name)
    {
        if (name.Length > NameBytesMax) return null;
        Span<char> upper = stackalloc char[name.Length];
        for (var i = 0; i < name.Length; i++) upper[i] = char.ToUpperInvariant((char)name[i]);
        return _byName.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(upper, out var found) ? found : null;
    }

    /// <summary>The error for a name that is none, with the words of Redis, which clients look for.</summary>
    public static string Unknown(IReadOnlyList<byte[]> arguments)
    {
        var text = new StringBuilder("ERR unknown command '").Append(Shown(arguments[0])).Append("', with args "
            + "beginning with: ");
        for (var i = 1; i < Math.Min(arguments.Count, 4); i++)
            text.Append('\'').Append(Shown(arguments[i])).Append("' ");
        return text.ToString();
    }

    private static string Shown(byte[] bytes)
    {
        var text = new StringBuilder();
        foreach (var b in bytes.AsSpan(0, Math.Min(bytes.Length, 64)))
            text.Append(b is >= 32 and < 127 ? (char)b : '?');
        return text.ToString();
    }
}
