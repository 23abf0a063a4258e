using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Outrider.Client;

namespace Outrider.Cli.LogVerbs;

/// <summary><c>log missing</c>: what no copy answers for.</summary>
internal static class MissingVerb
{
    public static Command Create()
    {
        var server = LogSession.Server();
        var json = Common.Json();
        var command = new Command("missing", "list slots that no copy answers for, which keep their shard shut")
        {
            server, json,
        };
        command.SetAction((parsed, stop) => LogSession.RunAsync(parsed, server, async (client, output) =>
        {
            var outcome = await client.MissingAsync(stop);
            if (outcome is not Outcome<IReadOnlyList<MissingSubLog>>.Done found)
                return LogSession.Failed(outcome, parsed.InvocationConfiguration.Error);
            if (parsed.GetValue(json)) output.WriteLine(JsonSerializer.Serialize(found.Value.Select(Json)));
            else if (found.Value.Count == 0) output.WriteLine("nothing is missing");
            else foreach (var sub in found.Value) output.WriteLine(Line(sub));
            return ExitCodes.Ok;
        }, stop));
        return command;
    }

    private static object Json(MissingSubLog sub) => new
    {
        subLog = $"rid{sub.SubLog}",
        shard = sub.Shard,
        slots = sub.Slots,
        first = sub.First?.Value,
        last = sub.Last?.Value,
        silent = sub.Silent,
        without = sub.Without,
    };

    private static string Line(MissingSubLog sub)
    {
        var where = sub is { First: { } first, Last: { } last } ? $" between {first} and {last}" : "";
        var silent = sub.Silent.Count > 0 ? $"; no answer from {string.Join(", ", sub.Silent)}" : "";
        var without = sub.Without.Count > 0 ? $"; no copy at {string.Join(", ", sub.Without)}" : "";
        return $"rid{sub.SubLog}: {sub.Slots} slots of shard {sub.Shard}{where}{silent}{without}";
    }
}

/// <summary><c>log give-up RID|SHARD --yes</c>: declares lost what no copy answers for.</summary>
internal static class GiveUpVerb
{
    public static Command Create()
    {
        var what = new Argument<string>("what")
        {
            Description = "a sub-log, as `log missing` names it (rid7), or all that is missing of a shard (shard1)",
        };
        var yes = new Option<bool>("--yes") { Description = "yes: what is missing is lost for good" };
        var force = new Option<bool>("--force") { Description = "also while a node that may hold a copy is silent" };
        var server = LogSession.Server();
        var json = Common.Json();
        var command = new Command("give-up", "declare lost what no copy answers for, so that its shard goes on")
        {
            what, yes, force, server, json,
        };
        command.SetAction((parsed, stop) => LogSession.RunAsync(parsed, server, async (client, output) =>
        {
            var talk = parsed.InvocationConfiguration.Error;
            var name = parsed.GetValue(what)!;
            var (rid, shard) = (NumberOf(name, "rid"), NumberOf(name, "shard"));
            if (rid is null && shard is null)
            {
                talk.WriteLine($"'{name}' is neither rid7 nor shard1: `outrider log missing` names what is missing.");
                return ExitCodes.Usage;
            }

            if (!parsed.GetValue(yes))
            {
                talk.WriteLine("A copy that returns later will not count. To go on: "
                    + $"`outrider log give-up {name} --yes`.");
                return ExitCodes.Usage;
            }

            var outcome = await client.MissingAsync(stop);
            if (outcome is not Outcome<IReadOnlyList<MissingSubLog>>.Done found)
                return LogSession.Failed(outcome, talk);
            List<int> subLogs = rid is { } one ? [one]
                : [.. found.Value.Where(sub => sub.Shard == shard).Select(sub => sub.SubLog)];
            if (subLogs.Count == 0) talk.WriteLine($"Nothing of {name} is missing.");
            foreach (var subLog in subLogs)
            {
                var given = await client.GiveUpAsync(subLog, parsed.GetValue(force), stop);
                if (given is not Outcome<long>.Done slots) return LogSession.Failed(given, talk);
                output.WriteLine(parsed.GetValue(json)
                    ? JsonSerializer.Serialize(new { subLog = $"rid{subLog}", lost = slots.Value })
                    : $"{slots.Value} slots of rid{subLog} are lost");
            }

            return subLogs.Count == 0 ? ExitCodes.Negative : ExitCodes.Ok;
        }, stop));
        return command;
    }

    private static int? NumberOf(string name, string kind) =>
        name.StartsWith(kind, StringComparison.Ordinal)
        && int.TryParse(name[kind.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number : null;
}
