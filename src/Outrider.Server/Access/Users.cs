namespace Outrider.Server.Access;

/// <summary>A named user; without a password hash it can be used by whoever reaches the port.</summary>
public sealed record User(string Name, Role Roles, PasswordHash? Password)
{
    /// <summary>As configuration writes it: name:roles:hash.</summary>
    public override string ToString() =>
        $"{Name}:{Roles.ToString().Replace(", ", "+", StringComparison.Ordinal).ToLowerInvariant()}:{Password}";
}

/// <summary>Who may use the client port. Without any user, whoever reaches it may do everything (loopback
/// only).</summary>
public sealed class Users
{
    private static readonly User Anyone = new("default", Role.All, null);
    private readonly SortedDictionary<string, User> _byName = new(StringComparer.Ordinal);

    public Users(IEnumerable<User> users)
    {
        foreach (var user in users) _byName[user.Name] = user;
    }

    public static Users None { get; } = new([]);

    public bool Required => _byName.Count > 0;

    public IReadOnlyCollection<User> All => _byName.Values;

    /// <summary>Who a new connection is: nobody when users are configured.</summary>
    public User? Initial => Required ? null : Anyone;

    /// <summary>The user, or null for a wrong name or password: an attacker is not told which.</summary>
    public User? Authenticate(string name, string password)
    {
        if (!Required) return null;
        if (_byName.TryGetValue(name, out var user) && user.Password is { } hash)
            return hash.Matches(password) ? user : null;
        // Takes as long as for a known name.
        DecoyHash.Value.Matches(password);
        return null;
    }

    private static readonly Lazy<PasswordHash> DecoyHash = new(() => PasswordHash.Of(Guid.NewGuid().ToString()));

    /// <summary>Reads <c>name:roles:hash</c>, roles joined by '+'; null with a reason when it is malformed.</summary>
    public static User? Parse(string text, out string reason)
    {
        var parts = text.Split(':', 3);
        reason = $"'{(parts.Length > 0 ? parts[0] : "")}': a user is written name:roles:hash, "
            + "where roles are read, write, admin joined by '+', and hash comes from `outrider config hash-password`";
        if (parts.Length != 3 || parts[0].Length == 0) return null;
        var roles = Role.None;
        foreach (var word in parts[1].Split('+'))
        {
            if (!Enum.TryParse<Role>(word, ignoreCase: true, out var role) || !char.IsLetter(word[0])) return null;
            roles |= role;
        }

        return PasswordHash.Parse(parts[2]) is { } hash ? new(parts[0], roles, hash) : null;
    }
}
