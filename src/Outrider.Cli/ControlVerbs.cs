using System.CommandLine;
using System.Text.Json;

namespace Outrider.Cli;

/// <summary><c>control status</c>: the control plane and what it holds.</summary>
internal static class ControlVerbs
{
    public static Command Create()
    {
        var at = Common.At();
        var json = Common.Json();
        var status = new Command("status", "whether the control plane answers, and what it holds") { at, json };
        status.SetAction((parsed, stop) =>
            Common.CallAsync(parsed, at, json, client => client.GetAsync("/admin/control", stop), Show));
        return new Command("control", "the control plane: who leads in which term") { status };
    }

    private static void Show(JsonElement body, TextWriter output)
    {
        output.WriteLine($"kind       {Common.Text(body, "kind")}");
        output.WriteLine($"reachable  {Common.Text(body, "reachable")}");
        if (!body.TryGetProperty("groups", out var groups) || groups.ValueKind != JsonValueKind.Array) return;
        foreach (var group in groups.EnumerateArray())
        {
            output.WriteLine($"{Common.Text(group, "group"),-8} term {Common.Text(group, "term")}"
                + $"  leader {Common.Text(group, "leader"),-8} members {Common.Text(group, "members")}"
                + (Common.Text(group, "closed") == "True" ? "  closed" : ""));
        }
    }
}
