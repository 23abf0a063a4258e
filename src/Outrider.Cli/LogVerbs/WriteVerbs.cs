using System.CommandLine;
using System.Text;
using System.Text.Json;
using Outrider.Client;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Cli.LogVerbs;

/// <summary><c>log append KEY VALUE…</c>: one record a value, or one a line of standard input.</summary>
internal static class AppendVerb
{
    public static Command Create()
    {
        var key = new Argument<string>("key") { Description = "the stream" };
        var values = new Argument<string[]>("values")
        {
            Description = "the records; none: one a line of standard input",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var memory = new Option<bool>("--memory") { Description = "acknowledge from memory of a quorum" };
        var expect = new Option<long?>("--expect")
        {
            Description = "refuse unless the key's last record has this position; -1: unless it has none",
        };
        var server = LogSession.Server();
        var json = Common.Json();
        var command = new Command("append", "append records to a key") { key, values, memory, expect, server, json };
        command.SetAction((parsed, stop) => LogSession.RunAsync(parsed, server, async (client, output) =>
        {
            var how = new AppendOptions(
                parsed.GetValue(memory) ? Durability.MemoryQuorum : Durability.FsyncQuorum, parsed.GetValue(expect));
            var given = parsed.GetValue(values) ?? [];
            var batches = given.Length > 0 ? [given] : Lines();
            foreach (var batch in batches.SelectMany(b => b.Chunk(Limits.BatchRecordsMax)))
            {
                var records = batch.Select(text => new NewRecord(Encoding.UTF8.GetBytes(text))).ToList();
                var outcome = await client.AppendAsync(parsed.GetValue(key)!, records, how, stop);
                if (outcome is not Outcome<Appended>.Done done)
                    return LogSession.Failed(outcome, parsed.InvocationConfiguration.Error);
                Show(done.Value, parsed.GetValue(json), output);
            }

            return ExitCodes.Ok;
        }, stop));
        return command;
    }

    private static IEnumerable<string[]> Lines()
    {
        while (Console.In.ReadLine() is { } line) yield return [line];
    }

    private static void Show(Appended appended, bool json, TextWriter output)
    {
        if (!json)
        {
            foreach (var position in appended.Positions) output.WriteLine(position);
            return;
        }

        output.WriteLine(JsonSerializer.Serialize(new
        {
            positions = appended.Positions.Select(p => p.Value),
            durability = appended.Durability == Durability.FsyncQuorum ? "fsync-quorum" : "memory-quorum",
            duplicate = appended.Duplicate,
        }));
    }
}

/// <summary><c>log trim POSITION</c>, or <c>log trim --key K --keep N</c>.</summary>
internal static class TrimVerb
{
    public static Command Create()
    {
        var below = new Argument<long?>("position")
        {
            Description = "forget everything below it",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var key = new Option<string?>("--key") { Description = "trim this key alone" };
        var keep = new Option<long?>("--keep") { Description = "with --key: keep its newest so many records" };
        var force = new Option<bool>("--force")
        {
            Description = "also what a consumer group has not read or not acknowledged",
        };
        var server = LogSession.Server();
        var json = Common.Json();
        var command = new Command("trim", "forget the beginning of the log, or of a key")
        {
            below, key, keep, force, server, json,
        };
        command.SetAction((parsed, stop) => LogSession.RunAsync(parsed, server, async (client, output) =>
        {
            var talk = parsed.InvocationConfiguration.Error;
            if (parsed.GetValue(key) is { } name && parsed.GetValue(keep) is { } count)
            {
                var trimmed = await client.TrimKeyAsync(name, count, parsed.GetValue(force), stop);
                if (trimmed is not Outcome<long>.Done removed) return LogSession.Failed(trimmed, talk);
                output.WriteLine(parsed.GetValue(json)
                    ? JsonSerializer.Serialize(new { removed = removed.Value }) : $"{removed.Value} records of {name}");
                return ExitCodes.Ok;
            }

            if (parsed.GetValue(below) is not { } position)
            {
                talk.WriteLine("Say what to trim: `log trim POSITION`, or `log trim --key K --keep N`.");
                return ExitCodes.Usage;
            }

            var outcome = await client.TrimAsync(new Position(position), parsed.GetValue(force), stop);
            if (outcome is not Outcome<Trimmed>.Done done) return LogSession.Failed(outcome, talk);
            output.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(new { below = done.Value.Below.Value, held = done.Value.HeldBy })
                : $"everything below {done.Value.Below} is forgotten");
            if (done.Value.HeldBy is { } holder)
                talk.WriteLine($"{holder} still needs what lies from there on; --force trims it all the same.");
            return ExitCodes.Ok;
        }, stop));
        return command;
    }
}
