using System.CommandLine;
using System.Text.Json;

namespace Outrider.Cli;

/// <summary><c>chaos partition|delay|heal|ls</c>: faults of the emulated network of a running cluster.</summary>
internal static class ChaosVerbs
{
    public static Command Create() =>
        new("chaos", "cut, slow and heal links between nodes or regions")
        {
            Partition(), Delay(), Heal(), List(),
        };

    private static Command Partition()
    {
        var from = new Argument<string>("a") { Description = "a node or region" };
        var to = new Argument<string>("b") { Description = "a node or region" };
        var oneWay = new Option<bool>("--one-way") { Description = "cut from a to b only" };
        var at = Common.At();
        var json = Common.Json();
        var command = new Command("partition", "cut the links between a and b") { from, to, oneWay, at, json };
        command.SetAction((parsed, stop) => Common.CallAsync(parsed, at, json, client => client.PostAsync(
            "/admin/chaos/partition",
            new { a = parsed.GetValue(from), b = parsed.GetValue(to), oneWay = parsed.GetValue(oneWay) }, stop)));
        return command;
    }

    private static Command Delay()
    {
        var from = new Argument<string>("a") { Description = "a node or region" };
        var to = new Argument<string>("b") { Description = "a node or region" };
        var delay = new Argument<string>("delay") { Description = "added to each message, one way: 20ms, 1s" };
        var at = Common.At();
        var json = Common.Json();
        var command = new Command("delay", "slow the links between a and b") { from, to, delay, at, json };
        command.SetAction(async (parsed, stop) =>
        {
            if (Server.Configuration.Option.ReadDuration(parsed.GetValue(delay)!) is not { } added)
            {
                parsed.InvocationConfiguration.Error.WriteLine(
                    $"'{parsed.GetValue(delay)}' is no delay; write a number and a unit: 20ms, 1s.");
                return ExitCodes.Usage;
            }

            var body = new { a = parsed.GetValue(from), b = parsed.GetValue(to), delayMs = added.TotalMilliseconds };
            return await Common.CallAsync(
                parsed, at, json, client => client.PostAsync("/admin/chaos/delay", body, stop));
        });
        return command;
    }

    private static Command Heal()
    {
        var at = Common.At();
        var json = Common.Json();
        var command = new Command("heal", "undo every cut and delay") { at, json };
        command.SetAction((parsed, stop) => Common.CallAsync(
            parsed, at, json, client => client.PostAsync("/admin/chaos/heal", null, stop)));
        return command;
    }

    private static Command List()
    {
        var at = Common.At();
        var json = Common.Json();
        var command = new Command("ls", "list the faults in force") { at, json };
        command.SetAction((parsed, stop) => Common.CallAsync(
            parsed, at, json, client => client.GetAsync("/admin/chaos", stop), Show));
        return command;
    }

    private static void Show(JsonElement body, TextWriter output)
    {
        if (!body.TryGetProperty("faults", out var faults) || faults.GetArrayLength() == 0)
        {
            output.WriteLine("no fault is in force");
            return;
        }

        foreach (var fault in faults.EnumerateArray())
        {
            var kind = Common.Text(fault, "kind");
            var added = kind == "delay" ? $"  {Common.Text(fault, "delayMs")} ms" : "";
            output.WriteLine($"{kind,-10} {Common.Text(fault, "a")} -> {Common.Text(fault, "b")}{added}");
        }
    }
}
