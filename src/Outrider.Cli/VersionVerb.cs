using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Outrider.Cli;

internal static class VersionVerb
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "one JSON object on standard output" };
        var command = new Command("version", "print the version") { json };
        command.SetAction(parsed => Run(parsed.GetValue(json), parsed.InvocationConfiguration.Output));
        return command;
    }

    public static string Version { get; } =
        typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    // The plus sign of a version is no danger outside of a web page.
    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static int Run(bool json, TextWriter output)
    {
        var runtime = RuntimeInformation.FrameworkDescription;
        var system = RuntimeInformation.RuntimeIdentifier;
        output.WriteLine(json
            ? JsonSerializer.Serialize(new { version = Version, runtime, system }, Plain)
            : $"outrider {Version} ({runtime}, {system})");
        return ExitCodes.Ok;
    }
}
