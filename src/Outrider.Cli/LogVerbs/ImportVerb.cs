using System.CommandLine;
using System.Text.Json;
using Outrider.Client;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Cli.LogVerbs;

/// <summary><c>log import FILE</c>: appends what <c>log export</c> wrote.</summary>
internal static class ImportVerb
{
    // Appended together: a round trip between regions for each record would make hours of minutes.
    private const int ChunkRecords = 4096;
    private const int ChunkBytes = 8 << 20;
    private const int BatchBytes = 1 << 20;

    private sealed record Line(string Key, NewRecord Record);

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "what `log export` wrote; - : standard input" };
        var server = LogSession.Server();
        var json = Common.Json();
        var command = new Command("import", "append the records of an export; each key keeps its order")
        {
            file, server, json,
        };
        command.SetAction((parsed, stop) => LogSession.RunAsync(parsed, server, async (client, output) =>
        {
            var path = parsed.GetValue(file)!;
            using var lines = path == "-" ? Console.In : new StreamReader(path);
            var imported = 0L;
            var number = 0L;
            for (var more = true; more;)
            {
                var chunk = new List<Line>();
                var bytes = 0L;
                while (chunk.Count < ChunkRecords && bytes < ChunkBytes)
                {
                    if (await lines.ReadLineAsync(stop) is not { } text)
                    {
                        more = false;
                        break;
                    }

                    number++;
                    if (text.Length == 0) continue;
                    if (Read(text) is not { } line)
                    {
                        parsed.InvocationConfiguration.Error.WriteLine(
                            $"Line {number} of {path} is no exported record; {imported} records were imported.");
                        return ExitCodes.Rejected;
                    }

                    chunk.Add(line);
                    bytes += text.Length;
                }

                foreach (var outcome in await Task.WhenAll(
                    chunk.GroupBy(line => line.Key).Select(key => AppendAsync(client, key, stop))))
                {
                    if (outcome is not Outcome<int>.Done done)
                        return LogSession.Failed(outcome, parsed.InvocationConfiguration.Error);
                    imported += done.Value;
                }

                if (!Console.IsErrorRedirected) Console.Error.Write($"\r{imported:N0} records ");
            }

            if (!Console.IsErrorRedirected) Console.Error.Write("\r");
            output.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(new { records = imported }) : $"{imported} records imported");
            return ExitCodes.Ok;
        }, stop));
        return command;
    }

    /// <summary>Batches of one key, one after the other.</summary>
    private static async Task<Outcome<int>> AppendAsync(
        OutriderClient client, IGrouping<string, Line> key, CancellationToken stop)
    {
        var written = 0;
        var batch = new List<NewRecord>();
        var bytes = 0L;
        foreach (var line in key.Append(null))
        {
            var full = batch.Count == Limits.BatchRecordsMax || bytes >= BatchBytes;
            if (batch.Count > 0 && (full || line is null))
            {
                var outcome = await client.AppendAsync(key.Key, batch, null, stop);
                if (outcome is Outcome<Appended>.Unknown unknown) return new Outcome<int>.Unknown(unknown.Reason);
                if (outcome is Outcome<Appended>.Refused refused)
                    return new Outcome<int>.Refused(refused.Code, refused.Reason);
                written += batch.Count;
                (batch, bytes) = ([], 0);
            }

            if (line is null) break;
            batch.Add(line.Record);
            bytes += line.Record.Payload.Length;
        }

        return new Outcome<int>.Done(written);
    }

    private static Line? Read(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            var payload = root.GetProperty("payload").GetBytesFromBase64();
            var timestamp = root.GetProperty("timestampMs").GetInt64();
            List<RecordField>? headers = null;
            if (root.TryGetProperty("headers", out var pairs) && pairs.GetArrayLength() > 0)
                headers = [.. pairs.EnumerateArray().Select(
                    pair => new RecordField(pair[0].GetBytesFromBase64(), pair[1].GetBytesFromBase64()))];
            return root.GetProperty("key").GetString() is { } key
                ? new(key, new NewRecord(payload, headers, timestamp)) : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException
            or InvalidOperationException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
