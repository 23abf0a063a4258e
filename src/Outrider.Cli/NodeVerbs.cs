using System.CommandLine;
using System.Text.Json;
using Outrider.Cli.Cluster;
using Spectre.Console;

namespace Outrider.Cli;

/// <summary><c>node ls|kill|pause|resume|restart|add|remove|drain</c>: acts on one node of a running cluster.</summary>
internal static class NodeVerbs
{
    public static Command Create()
    {
        var command = new Command("node", "list, stop, start and move nodes") { List() };
        foreach (var (verb, text) in Actions) command.Add(Act(verb, text));
        command.Add(Add());
        command.Add(NodeStartVerb.Create());
        return command;
    }

    private static readonly (string Verb, string Text)[] Actions =
    [
        ("kill", "drop a node at once, with its memory; its disk keeps what was synced"),
        ("pause", "stop a node's pump, as a long collection or a stalled machine would"),
        ("resume", "let a paused node go on"),
        ("restart", "start a killed node again, or stop one in order and start it"),
        ("remove", "take a node out for good, after draining it"),
        ("drain", "let a node's sub-logs leave at a window border"),
    ];

    private static Command List()
    {
        var at = Common.At();
        var json = Common.Json();
        var command = new Command("ls", "list the nodes") { at, json };
        command.SetAction((parsed, stop) =>
            Common.CallAsync(parsed, at, json, client => client.GetAsync("/status", stop), ShowNodes));
        return command;
    }

    private static Command Act(string verb, string text)
    {
        var node = new Argument<string>("node") { Description = "the node's name, for example eu-1" };
        var at = Common.At();
        var json = Common.Json();
        var command = new Command(verb, text) { node, at, json };
        var power = new Option<bool>("--power-loss") { Description = "also garble what was not synced" };
        if (verb == "kill") command.Add(power);
        command.SetAction((parsed, stop) => Common.CallAsync(parsed, at, json, client => client.PostAsync(
            $"/admin/nodes/{Uri.EscapeDataString(parsed.GetValue(node)!)}/{verb}",
            new { powerLoss = verb == "kill" && parsed.GetValue(power) }, stop)));
        return command;
    }

    private static Command Add()
    {
        var node = new Argument<string>("node")
        {
            Description = "the node's name: its region, a dash and a number, for example eu-3",
        };
        var at = Common.At();
        var json = Common.Json();
        const string byHand = ", if nodes are started by hand";
        var clients = new Option<string?>("--clients") { Description = $"ADDRESS:PORT of its client port{byHand}" };
        var links = new Option<string?>("--links")
        {
            Description = $"ADDRESS:PORT where the other nodes reach it{byHand}",
        };
        var http = new Option<string?>("--node-http") { Description = $"ADDRESS:PORT of its HTTP port{byHand}" };
        var command = new Command("add", "add a node, or take one back that was removed or drained")
        {
            node, at, json, clients, links, http,
        };
        command.SetAction((parsed, stop) => Common.CallAsync(parsed, at, json, client => client.PostAsync(
            $"/admin/nodes/{Uri.EscapeDataString(parsed.GetValue(node)!)}/add",
            new
            {
                clients = parsed.GetValue(clients),
                links = parsed.GetValue(links),
                http = parsed.GetValue(http),
            }, stop)));
        return command;
    }

    public static void ShowNodes(JsonElement status, TextWriter output)
    {
        if (!status.TryGetProperty("nodes", out var nodes)) return;
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("node", "region", "state", "ready", "clients", "what");
        foreach (var node in nodes.EnumerateArray())
        {
            table.AddRow(
                Markup.Escape(Common.Text(node, "name")), Markup.Escape(Common.Text(node, "region")),
                Markup.Escape(Common.Text(node, "state")), Markup.Escape(Common.Text(node, "ready")),
                Markup.Escape(Common.Text(node, "endpoint")), Markup.Escape(Common.Text(node, "reason")));
        }

        Terminal.For(output).Write(table);
    }
}
