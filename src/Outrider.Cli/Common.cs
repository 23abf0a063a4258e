using System.CommandLine;
using System.Text.Json;

namespace Outrider.Cli;

/// <summary>What verbs share: the options that all of them take, and one way to end.</summary>
internal static class Common
{
    public static Option<bool> Json() => new("--json") { Description = "one JSON object on standard output" };

    public static Option<string?> At() =>
        new("--at") { Description = "HOST:PORT of the cluster's HTTP endpoint (default: the one that runs here)" };

    /// <summary>Prints a failed outcome and gives its exit code.</summary>
    public static int End(AdminOutcome.Failed failed, bool json, TextWriter output, TextWriter talk)
    {
        if (json)
            output.WriteLine(JsonSerializer.Serialize(new { error = failed.Message, exitCode = failed.ExitCode }));
        else talk.WriteLine(failed.Message);
        return failed.ExitCode;
    }

    /// <summary>
    /// One admin call, printed: as it came with <c>--json</c>, otherwise as the sentence in its "message", or by
    /// <paramref name="show"/>.
    /// </summary>
    public static async Task<int> CallAsync(
        ParseResult parsed, Option<string?> at, Option<bool> json,
        Func<AdminClient, Task<AdminOutcome>> call, Action<JsonElement, TextWriter>? show = null)
    {
        var output = parsed.InvocationConfiguration.Output;
        var talk = parsed.InvocationConfiguration.Error;
        using var client = AdminClient.Open(parsed.GetValue(at), talk);
        if (client is null) return ExitCodes.CannotConnect;
        switch (await call(client))
        {
            case AdminOutcome.Failed failed:
                return End(failed, parsed.GetValue(json), output, talk);
            case AdminOutcome.Ok ok when parsed.GetValue(json):
                output.WriteLine(ok.Body.GetRawText());
                return ExitCodes.Ok;
            case AdminOutcome.Ok ok:
                if (show is not null) show(ok.Body, output);
                else output.WriteLine(Text(ok.Body, "message") is { Length: > 0 } message ? message : "done");
                return ExitCodes.Ok;
            default:
                throw new InvalidOperationException("an outcome that the set does not contain");
        }
    }

    public static string Text(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var value) ? value.ToString() : "";
}
