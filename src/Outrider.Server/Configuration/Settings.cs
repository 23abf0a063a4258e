using System.Globalization;

namespace Outrider.Server.Configuration;

/// <summary>A value and where it came from: "default", "file NAME:LINE", "environment NAME", "flag --name".</summary>
public sealed record Setting(Option Option, string Value, string Origin)
{
    /// <summary>As shown to people.</summary>
    public string Shown => Option.Secret && Value.Length > 0 ? "•••" : Value;
}

/// <summary>
/// What holds, after defaults, file, environment and flags have spoken, each overriding what stands before it.
/// Nothing that is wrong is passed over: an unknown name or a malformed value is a problem, with its place.
/// </summary>
public sealed class Settings
{
    private readonly SortedDictionary<string, Setting> _byName = new(StringComparer.Ordinal);
    private readonly List<string> _problems = [];

    private Settings()
    {
        foreach (var option in OptionTable.All) _byName[option.Name] = new(option, option.Default, "default");
    }

    /// <summary>What is wrong, in the order found; with any, the settings are not to be used.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>In the order of the table.</summary>
    public IEnumerable<Setting> All => OptionTable.All.Select(option => _byName[option.Name]);

    /// <param name="file">The configuration file, or null.</param>
    /// <param name="environment">The variables of the process; those not of Outrider are passed over.</param>
    /// <param name="flags">Names (without dashes) and values from the command line.</param>
    public static Settings Load(
        string? file, IEnumerable<KeyValuePair<string, string>> environment,
        IEnumerable<KeyValuePair<string, string>> flags)
    {
        var settings = new Settings();
        if (file is not null) settings.TakeFile(file);
        foreach (var (name, value) in environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            if (name.StartsWith(Option.EnvironmentPrefix, StringComparison.Ordinal))
                settings.Take(OptionName(name), value, $"environment {name}");
        foreach (var (name, value) in flags) settings.Take(name, value, $"flag --{name}");
        return settings;
    }

    /// <summary>Lines of a file alone.</summary>
    internal static Settings Parse(IReadOnlyList<string> lines, string file)
    {
        var settings = new Settings();
        settings.TakeLines(lines, file);
        return settings;
    }

    /// <summary>The variables of this process, as <see cref="Load"/> takes them.</summary>
    public static IEnumerable<KeyValuePair<string, string>> ProcessEnvironment()
    {
        foreach (System.Collections.DictionaryEntry pair in Environment.GetEnvironmentVariables())
            yield return new((string)pair.Key, (string?)pair.Value ?? "");
    }

    public Setting this[string name] => _byName[name];

    /// <summary>Null when unset.</summary>
    public string? Text(string name) => _byName[name].Value is { Length: > 0 } value ? value : null;

    public bool Flag(string name) => bool.TryParse(_byName[name].Value, out var value) && value;

    public int Integer(string name) => int.Parse(_byName[name].Value, CultureInfo.InvariantCulture);

    public TimeSpan Duration(string name) => Option.ReadDuration(_byName[name].Value) ?? TimeSpan.Zero;

    public IReadOnlyList<string> Words(string name) =>
        _byName[name].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private void TakeFile(string file)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _problems.Add($"{file}: cannot be read ({failure.Message}); give another with --config FILE");
            return;
        }

        TakeLines(lines, file);
    }

    private void TakeLines(IReadOnlyList<string> lines, string file)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#') continue;
            var origin = $"file {file}:{i + 1}";
            var equals = line.IndexOf('=');
            if (equals < 0) _problems.Add($"{origin}: '{line}' is no setting; write name = value");
            else Take(line[..equals].Trim(), line[(equals + 1)..].Trim().Trim('"'), origin);
        }
    }

    private void Take(string name, string value, string origin)
    {
        if (OptionTable.Find(name) is not { } option)
        {
            var hint = OptionTable.Nearest(name) is { } near ? $"; did you mean '{near}'?" : "";
            _problems.Add($"{origin}: unknown option '{name}'{hint} `outrider config show` lists them all");
            return;
        }

        if (option.Problem(value) is { } problem)
        {
            _problems.Add($"{origin}: {name} = {(option.Secret ? "•••" : value)}: {problem}");
            return;
        }

        _byName[name] = new(option, value, origin);
    }

    private static string OptionName(string variable) =>
        variable[Option.EnvironmentPrefix.Length..].Replace('_', '-').ToLowerInvariant();
}
