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
        var delayMs = new Argument<double>("ms") { Description = "added to each message, one way, in milliseconds" };
        var at = Common.At();
        var json = Common.Json();
        var command = new Command("delay", "slow the links between a and b") { from, to, delayMs, at, json };
        command.SetAction((parsed, stop) => Common.CallAsync(parsed, at, json, client => client.PostAsync(
            "/admin/chaos/delay",
            new { a = parsed.GetValue(from), b = parsed.GetValue(to), delayMs = parsed.GetValue(delayMs) }, stop)));
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
            output.WriteLine($"{Common.Text(fault, "kind"),-10} {Common.Text(fault, "a")} -> {Common.Text(fault, "b")}"
                + $"  {Common.Text(fault, "delayMs")}");
        }
    }
}
