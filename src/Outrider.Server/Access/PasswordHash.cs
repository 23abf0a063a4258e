using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Outrider.Server.Access;

/// <summary>
/// A password as configuration keeps it: <c>pbkdf2-sha256$ROUNDS$SALT$HASH</c>, salt and hash in base64.
/// </summary>
public sealed record PasswordHash(int Rounds, byte[] Salt, byte[] Hash)
{
    private const string Scheme = "pbkdf2-sha256";
    private const int DefaultRounds = 210_000;
    private const int RoundsMax = 10_000_000;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    // Deriving takes tens of milliseconds by design; a client that reconnects often must not pay for it each time.
    // What has matched once is remembered under a key that exists only in this process.
    private static readonly byte[] ProcessKey = RandomNumberGenerator.GetBytes(HashBytes);
    private byte[]? _matched;

    public static PasswordHash Of(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return new(DefaultRounds, salt, Derive(password, salt, DefaultRounds));
    }

    /// <summary>Null when <paramref name="text"/> is not in the form above.</summary>
    public static PasswordHash? Parse(string text)
    {
        var parts = text.Split('$');
        if (parts.Length != 4 || parts[0] != Scheme) return null;
        if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var rounds)) return null;
        if (rounds is < 1 or > RoundsMax) return null;
        var salt = new byte[64];
        var hash = new byte[64];
        if (!Convert.TryFromBase64String(parts[2], salt, out var saltLength) || saltLength < 8) return null;
        if (!Convert.TryFromBase64String(parts[3], hash, out var hashLength) || hashLength != HashBytes) return null;
        return new(rounds, salt[..saltLength], hash[..hashLength]);
    }

    public bool Matches(string password)
    {
        var quick = HMACSHA256.HashData(ProcessKey, Encoding.UTF8.GetBytes(password));
        if (_matched is { } known && CryptographicOperations.FixedTimeEquals(known, quick)) return true;
        if (!CryptographicOperations.FixedTimeEquals(Derive(password, Salt, Rounds), Hash)) return false;
        _matched = quick;
        return true;
    }

    public override string ToString() =>
        $"{Scheme}${Rounds}${Convert.ToBase64String(Salt)}${Convert.ToBase64String(Hash)}";

    private static byte[] Derive(string password, byte[] salt, int rounds) =>
        Rfc2898DeriveBytes.Pbkdf2(password, salt, rounds, HashAlgorithmName.SHA256, HashBytes);
}
