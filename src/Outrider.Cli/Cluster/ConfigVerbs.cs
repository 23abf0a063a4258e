using System.CommandLine;
using System.Text.Json;
using Outrider.Server.Configuration;

namespace Outrider.Cli.Cluster;

/// <summary><c>config show|validate|sample</c>: what holds, and who said so.</summary>
internal static class ConfigVerbs
{
    public static Command Create() => new("config", "show and check settings") { Show(), Validate(), Sample() };

    private static Command Show()
    {
        var origin = new Option<bool>("--origin") { Description = "also where each value comes from" };
        var json = Common.Json();
        var command = new Command("show", "the settings that `up` would use") { origin, json };
        var server = new ServerSettings(command);
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            if (server.Load(parsed, parsed.InvocationConfiguration.Error) is not { } settings) return ExitCodes.Usage;
            if (parsed.GetValue(json))
            {
                output.WriteLine(JsonSerializer.Serialize(settings.All.ToDictionary(
                    s => s.Option.Name, s => new { value = s.Shown, origin = s.Origin })));
                return ExitCodes.Ok;
            }

            foreach (var setting in settings.All)
            {
                output.WriteLine($"{setting.Option.Name,-18} = {setting.Shown}"
                    + (parsed.GetValue(origin) ? $"    ({setting.Origin})" : ""));
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command Validate()
    {
        var json = Common.Json();
        var command = new Command("validate", "check a file, the environment and flags; start nothing") { json };
        var server = new ServerSettings(command);
        command.SetAction(parsed =>
        {
            var problems = new StringWriter();
            var settings = server.Load(parsed, problems);
            var listed = problems.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (parsed.GetValue(json))
            {
                parsed.InvocationConfiguration.Output.WriteLine(
                    JsonSerializer.Serialize(new { ok = settings is not null, problems = listed }));
            }
            else if (settings is not null) parsed.InvocationConfiguration.Output.WriteLine("the settings can be used");
            else foreach (var problem in listed) parsed.InvocationConfiguration.Error.WriteLine(problem);
            return settings is null ? ExitCodes.Negative : ExitCodes.Ok;
        });
        return command;
    }

    private static Command Sample()
    {
        var command = new Command("sample", "print a file in which every setting is explained and none is set");
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.Write(OptionTable.SampleFile());
            return ExitCodes.Ok;
        });
        return command;
    }
}
