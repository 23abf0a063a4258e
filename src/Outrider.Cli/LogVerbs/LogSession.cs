using System.CommandLine;
using System.Text;
using System.Text.Json;
using Outrider.Client;
using Outrider.Client.Links;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Cli.LogVerbs;

/// <summary>What the log verbs share: finding the cluster, ending a call, showing a record.</summary>
internal static class LogSession
{
    public static Option<string?> Server() =>
        new("--server") { Description = "HOST:PORT of the RESP port (default: the cluster that runs here)" };

    /// <summary>Connects, runs, and turns what is expected to go wrong into a message and an exit code.</summary>
    public static async Task<int> RunAsync(
        ParseResult parsed, Option<string?> server, Func<OutriderClient, TextWriter, Task<int>> run,
        CancellationToken stop)
    {
        var talk = parsed.InvocationConfiguration.Error;
        var endpoint = parsed.GetValue(server) ?? RunState.FindRunning(null)?.Resp;
        if (endpoint is null)
        {
            talk.WriteLine("No cluster runs here. Start one with `outrider up`, or say where: --server HOST:PORT.");
            return ExitCodes.CannotConnect;
        }

        try
        {
            var options = new ClientOptions
            {
                Name = "outrider-cli",
                User = Environment.GetEnvironmentVariable("OUTRIDER_USER") ?? "default",
                Password = Environment.GetEnvironmentVariable("OUTRIDER_PASSWORD"),
            };
            await using var client = await OutriderClient.ConnectAsync(endpoint, options, stop);
            return await run(client, parsed.InvocationConfiguration.Output);
        }
        catch (LinkLostException e)
        {
            talk.WriteLine($"No node answers at {endpoint}: {e.Message}. Is the cluster up? Try `outrider status`.");
            return ExitCodes.CannotConnect;
        }
        catch (ArgumentException e)
        {
            talk.WriteLine(e.Message);
            return ExitCodes.Usage;
        }
        catch (IOException e)
        {
            talk.WriteLine(e.Message);
            return ExitCodes.InputOutput;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
    }

    /// <summary>Prints what was not done, and why.</summary>
    public static int Failed<T>(Outcome<T> outcome, TextWriter talk)
    {
        switch (outcome)
        {
            case Outcome<T>.Refused refused:
                talk.WriteLine($"Refused ({refused.Code}): {refused.Reason}");
                return ExitCodes.Rejected;
            case Outcome<T>.Unknown unknown:
                talk.WriteLine($"Unknown: {unknown.Reason}. It may or may not have happened.");
                return ExitCodes.Timeout;
            default:
                throw Check.Unreachable(outcome);
        }
    }

    public static void Show(LogRecord record, bool json, TextWriter output, string certainty = "confirmed")
    {
        var headers = RecordFields.Read(record).Fields;
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(new
            {
                position = record.Position.Value,
                certainty,
                key = record.Key,
                timestampMs = record.TimestampMs,
                value = AsText(record.Payload.Span),
                valueBase64 = AsText(record.Payload.Span) is null ? Convert.ToBase64String(record.Payload.Span) : null,
                headers = headers.Select(field => new[] { Shown(field.Name), Shown(field.Value) }),
            }));
            return;
        }

        var value = AsText(record.Payload.Span) ?? $"{record.Payload.Length} bytes";
        // An entry of a stream is nothing but fields.
        var fields = string.Join(' ', headers.Select(field => $"{Shown(field.Name)}={Shown(field.Value)}"));
        var both = value.Length > 0 && fields.Length > 0 ? "  " : "";
        output.WriteLine($"{record.Position.Value,10}  {certainty,-11}  {record.Key,-20}  {fields}{both}{value}");
    }

    private static string Shown(ReadOnlyMemory<byte> bytes) => AsText(bytes.Span) ?? $"({bytes.Length} bytes)";

    /// <summary>The payload as text; null when it is not printable UTF-8.</summary>
    private static string? AsText(ReadOnlySpan<byte> payload)
    {
        try
        {
            var text = Strict.GetString(payload);
            return text.Any(ch => char.IsControl(ch) && ch is not ('\t' or '\n')) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
}
