using System.CommandLine;
using Outrider.Server.Configuration;

namespace Outrider.Cli.Cluster;

/// <summary>The server's options as flags of a verb, made from the one table that also makes the sample file.</summary>
internal sealed class ServerSettings
{
    /// <summary>Variables of this program that are no options of the server.</summary>
    private static readonly string[] OwnVariables =
        ["OUTRIDER_HOME", "OUTRIDER_USER", "OUTRIDER_PASSWORD", "OUTRIDER_REWRITE"];

    private readonly List<(Server.Configuration.Option Row, Option<string?> Flag)> _flags = [];
    private readonly Option<string?> _file = new("--config") { Description = "file of settings, `name = value` lines" };

    public ServerSettings(Command command, params string[] leaveOut)
    {
        command.Add(_file);
        foreach (var row in OptionTable.All)
        {
            if (leaveOut.Contains(row.Name, StringComparer.Ordinal)) continue;
            var flag = new Option<string?>(row.FlagName)
            {
                Description = $"{row.Description} ({row.Form}; {(row.Default.Length > 0 ? row.Default : "unset")})",
                Arity = row.Kind == OptionKind.Flag ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
                AllowMultipleArgumentsPerToken = false,
            };
            _flags.Add((row, flag));
            command.Add(flag);
        }
    }

    /// <summary>What flags, environment and file say together; null with the problems told.</summary>
    public Settings? Load(ParseResult parsed, TextWriter talk)
    {
        var given = new List<KeyValuePair<string, string>>();
        foreach (var (row, flag) in _flags)
        {
            if (parsed.GetResult(flag) is not { Implicit: false }) continue;
            // A flag that stands alone means true.
            given.Add(new(row.Name, parsed.GetValue(flag) ?? "true"));
        }

        var environment = Settings.ProcessEnvironment().Where(pair => !OwnVariables.Contains(pair.Key));
        var settings = Settings.Load(parsed.GetValue(_file), environment, given);
        if (settings.Problems.Count == 0) return settings;
        foreach (var problem in settings.Problems) talk.WriteLine(problem);
        return null;
    }
}
