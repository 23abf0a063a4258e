using System.CommandLine;
using System.Text.Json;
using Outrider.Client;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Cli.LogVerbs;

/// <summary><c>log read</c>: confirmed records, of all keys or of one.</summary>
internal static class ReadVerb
{
    public static Command Create()
    {
        var from = new Option<long>("--from") { Description = "first position (default 0)" };
        var count = new Option<int>("--count") { Description = "records at most", DefaultValueFactory = _ => 100 };
        var key = new Option<string?>("--key") { Description = "of this key alone" };
        var reverse = new Option<bool>("--reverse") { Description = "with --key: newest first" };
        var server = LogSession.Server();
        var json = Common.Json();
        var command = new Command("read", "read confirmed records") { from, count, key, reverse, server, json };
        command.SetAction((parsed, stop) => LogSession.RunAsync(parsed, server, async (client, output) =>
        {
            var start = new Position(parsed.GetValue(from));
            var wanted = parsed.GetValue(count);
            var outcome = parsed.GetValue(key) is { } name
                ? await client.ReadKeyAsync(name, start, null, wanted, parsed.GetValue(reverse), stop)
                : await client.ReadAsync(start, wanted, stop);
            if (outcome is not Outcome<RecordPage>.Done page)
                return LogSession.Failed(outcome, parsed.InvocationConfiguration.Error);
            foreach (var record in page.Value.Records) LogSession.Show(record, parsed.GetValue(json), output);
            if (page.Value.Lost.Count > 0) parsed.InvocationConfiguration.Error.WriteLine(
                $"{page.Value.Lost.Count} positions from {page.Value.Lost[0]} on are lost.");
            return ExitCodes.Ok;
        }, stop));
        return command;
    }
}

/// <summary><c>log tail</c>: follows the log, with confirmations and revocations.</summary>
internal static class TailVerb
{
    public static Command Create()
    {
        var from = new Option<long?>("--from") { Description = "first position (default: the confirmed end)" };
        var key = new Option<string?>("--key") { Description = "this key alone" };
        var confirmed = new Option<bool>("--confirmed") { Description = "confirmed records only" };
        var count = new Option<long?>("--count") { Description = "stop after so many records" };
        var server = LogSession.Server();
        var json = Common.Json();
        var command = new Command("tail", "follow the log as it grows")
        {
            from, key, confirmed, count, server, json,
        };
        command.SetAction((parsed, stop) => LogSession.RunAsync(parsed, server, async (client, output) =>
        {
            var left = parsed.GetValue(count) ?? long.MaxValue;
            Position? start = parsed.GetValue(from) is { } position ? new Position(position) : null;
            var pushes = client.SubscribeAsync(
                start, !parsed.GetValue(confirmed), parsed.GetValue(key), cancellation: stop);
            await foreach (var push in pushes)
            {
                left -= Show(push, parsed.GetValue(json), output, left);
                await output.FlushAsync(stop);
                if (left <= 0) break;
            }

            return ExitCodes.Ok;
        }, stop));
        return command;
    }

    private static long Show(LogReply push, bool json, TextWriter output, long left)
    {
        switch (push)
        {
            case LogReply.Records records:
                var word = records.Certainty == Certainty.Speculative ? "speculative" : "confirmed";
                var shown = 0L;
                foreach (var record in records.Items.Take((int)Math.Min(left, int.MaxValue)))
                {
                    LogSession.Show(record, json, output, word);
                    shown++;
                }

                return shown;
            case LogReply.Confirmed confirmed:
                output.WriteLine(json
                    ? JsonSerializer.Serialize(new { confirmedBelow = confirmed.UpTo.Value })
                    : $"{"",10}  confirmed below {confirmed.UpTo}");
                return 0;
            case LogReply.Revoked revoked:
                output.WriteLine(json
                    ? JsonSerializer.Serialize(new { revoked = revoked.Positions.Select(p => p.Value) })
                    : $"{"",10}  revoked {string.Join(' ', revoked.Positions)}");
                return 0;
            case LogReply.Lost lost:
                output.WriteLine(json
                    ? JsonSerializer.Serialize(new { lost = lost.Positions.Select(p => p.Value) })
                    : $"{"",10}  lost {string.Join(' ', lost.Positions)}");
                return 0;
            case LogReply.Ended ended:
                output.WriteLine(json
                    ? JsonSerializer.Serialize(new { again = ended.From.Value, reason = ended.Reason })
                    : $"{"",10}  connection lost ({ended.Reason}); again from {ended.From}");
                return 0;
            default:
                return 0;
        }
    }
}

/// <summary><c>log stat [KEY]</c>: where the log ends, or what a key holds.</summary>
internal static class StatVerb
{
    public static Command Create()
    {
        var key = new Argument<string?>("key") { Description = "a key", Arity = ArgumentArity.ZeroOrOne };
        var server = LogSession.Server();
        var json = Common.Json();
        var command = new Command("stat", "where the log ends, or what a key holds") { key, server, json };
        command.SetAction((parsed, stop) => LogSession.RunAsync(parsed, server, async (client, output) =>
        {
            var talk = parsed.InvocationConfiguration.Error;
            if (parsed.GetValue(key) is { } name)
            {
                var extent = await client.KeyAsync(name, stop);
                if (extent is not Outcome<KeyExtent>.Done of) return LogSession.Failed(extent, talk);
                output.WriteLine(parsed.GetValue(json)
                    ? JsonSerializer.Serialize(new
                    {
                        key = name,
                        count = of.Value.Count,
                        first = of.Value.First?.Value,
                        last = of.Value.Last?.Value,
                    })
                    : $"{name}: {of.Value.Count} records, {of.Value.First} to {of.Value.Last}");
                return ExitCodes.Ok;
            }

            var tail = await client.TailAsync(stop);
            if (tail is not Outcome<Tails>.Done ends) return LogSession.Failed(tail, talk);
            output.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(new
                {
                    confirmed = ends.Value.Confirmed.Value,
                    speculative = ends.Value.Speculative.Value,
                })
                : $"confirmed below {ends.Value.Confirmed}, speculative below {ends.Value.Speculative}");
            return ExitCodes.Ok;
        }, stop));
        return command;
    }
}

/// <summary><c>log export</c>: every confirmed record as one JSON line, to be read by <c>log import</c>.</summary>
internal static class ExportVerb
{
    public static Command Create()
    {
        var from = new Option<long>("--from") { Description = "first position (default 0)" };
        var key = new Option<string?>("--key") { Description = "this key alone" };
        var server = LogSession.Server();
        var command = new Command("export", "write confirmed records as JSON lines")
        {
            from, key, server,
            // The data is JSON lines with or without it; every command takes the flag.
            Common.Json(),
        };
        command.SetAction((parsed, stop) => LogSession.RunAsync(parsed, server, async (client, output) =>
        {
            var talk = parsed.InvocationConfiguration.Error;
            var tail = await client.TailAsync(stop);
            if (tail is not Outcome<Tails>.Done end) return LogSession.Failed(tail, talk);
            var next = new Position(parsed.GetValue(from));
            var written = 0L;
            while (next < end.Value.Confirmed)
            {
                var outcome = await client.ReadAsync(next, 1000, stop);
                if (outcome is not Outcome<RecordPage>.Done page) return LogSession.Failed(outcome, talk);
                foreach (var record in page.Value.Records)
                {
                    if (record.Position >= end.Value.Confirmed) break;
                    if (parsed.GetValue(key) is { } only && only != record.Key) continue;
                    output.WriteLine(JsonSerializer.Serialize(new
                    {
                        position = record.Position.Value,
                        key = record.Key,
                        timestampMs = record.TimestampMs,
                        payload = Convert.ToBase64String(record.Payload.Span),
                        headers = RecordFields.Read(record).Fields.Select(
                            field => new[] { Encoded(field.Name), Encoded(field.Value) }),
                    }));
                    written++;
                }

                if (page.Value.Next <= next) break;
                next = page.Value.Next;
            }

            talk.WriteLine($"{written} records exported");
            return ExitCodes.Ok;
        }, stop));
        return command;
    }

    private static string Encoded(ReadOnlyMemory<byte> bytes) => Convert.ToBase64String(bytes.Span);
}
