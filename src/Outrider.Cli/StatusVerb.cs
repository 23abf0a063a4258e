using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Outrider.Cli;

/// <summary><c>status</c>: the cluster in one screen, and what happened lately.</summary>
internal static class StatusVerb
{
    public static Command Create()
    {
        var at = Common.At();
        var json = Common.Json();
        var command = new Command("status", "the cluster in one screen, and what happened lately") { at, json };
        command.SetAction((parsed, stop) =>
            Common.CallAsync(parsed, at, json, client => client.GetAsync("/status", stop), Show));
        return command;
    }

    private static void Show(JsonElement status, TextWriter output)
    {
        if (Common.Text(status, "health") is { Length: > 0 } health) output.WriteLine(health);
        NodeVerbs.ShowNodes(status, output);
        if (status.TryGetProperty("log", out var log) && log.ValueKind == JsonValueKind.Object) ShowLog(log, output);
        if (status.TryGetProperty("events", out var events) && events.ValueKind == JsonValueKind.Array)
            ShowEvents(events, output);
    }

    private static void ShowLog(JsonElement log, TextWriter output)
    {
        output.WriteLine(
            $"log: confirmed {Common.Text(log, "confirmed")}, view {Common.Text(log, "view")},"
            + $" window {Common.Text(log, "window")}, ordering led by {Common.Text(log, "orderingLeader")},"
            + $" revoked {Common.Text(log, "revokedTotal")}");
        if (!log.TryGetProperty("rids", out var rids)) return;
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("sub-log", "shard", "primary", "state", "quota", "committed", "holes", "copies");
        foreach (var rid in rids.EnumerateArray())
        {
            table.AddRow(Cells(rid, "rid", "shard", "primary", "state", "quota", "committed", "holes", "copies"));
        }

        Terminal.For(output).Write(table);
    }

    private static void ShowEvents(JsonElement events, TextWriter output)
    {
        output.WriteLine(events.GetArrayLength() == 0 ? "nothing happened lately" : "lately:");
        foreach (var e in events.EnumerateArray())
            output.WriteLine($"  {Common.Text(e, "at")}  {Common.Text(e, "node"),-8} {Common.Text(e, "text")}");
    }

    private static string[] Cells(JsonElement row, params string[] names) =>
        [.. names.Select(name => Markup.Escape(Cell(row, name)))];

    private static string Cell(JsonElement row, string name)
    {
        if (!row.TryGetProperty(name, out var value)) return "";
        return value.ValueKind == JsonValueKind.Array
            ? string.Join(" ", value.EnumerateArray().Select(v => v.ToString()))
            : value.ToString();
    }
}
