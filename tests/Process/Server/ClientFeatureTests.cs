using System.Text;
using Outrider.Client;
using Outrider.Client.Processing;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Tests.Process.Server;

/// <summary>What the client offers beyond appends and reads, against real nodes.</summary>
public sealed class ClientFeatureTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_filter_is_judged_by_the_server()
    {
        await using var server = await ServerProcess.StartAsync();
        await using var client = await OutriderClient.ConnectAsync(server.Endpoints, cancellation: Stop);
        RecordField red = new("colour"u8.ToArray(), "red"u8.ToArray());
        for (var i = 0; i < 30; i++)
        {
            var record = new NewRecord(Bytes($"{i}"), i % 5 == 0 ? [red] : null);
            var key = $"{(i % 2 == 0 ? "even" : "odd")}/{i % 3}";
            (await client.AppendAsync(key, [record], cancellation: Stop)).Require();
        }

        Assert.Equal(15, await CountAsync(client, new RecordFilter(Prefix: "even/"), 15));
        Assert.Equal(3, await CountAsync(client, new RecordFilter(Prefix: "even/", Header: red), 3));
        Assert.Equal(10, await CountAsync(client, new RecordFilter(["even/0", "odd/1"]), 10));
    }

    [Fact]
    public async Task A_position_is_found_by_time()
    {
        await using var server = await ServerProcess.StartAsync();
        await using var client = await OutriderClient.ConnectAsync(server.Endpoints, cancellation: Stop);
        var positions = new List<Position>();
        for (var i = 0; i < 20; i++)
        {
            var record = new NewRecord(Bytes($"{i}"), TimestampMs: 1_000 * (i + 1));
            positions.Add((await client.AppendAsync($"k{i % 2}", [record], cancellation: Stop)).Require().Positions[0]);
        }

        var found = (await client.FindAsync(DateTimeOffset.FromUnixTimeMilliseconds(7_500), null, Stop)).Require();
        Assert.InRange(found.Value, positions[6].Value + 1, positions[7].Value);
        found = (await client.FindAsync(DateTimeOffset.FromUnixTimeMilliseconds(8_500), "k0", Stop)).Require();
        Assert.InRange(found.Value, positions[6].Value + 1, positions[8].Value);
        var end = (await client.FindAsync(DateTimeOffset.FromUnixTimeMilliseconds(99_000), null, Stop)).Require();
        Assert.True(end > positions[^1]);
    }

    [Fact]
    public async Task Derived_records_are_there_once_though_the_processor_begins_anew_many_times()
    {
        await using var server = await ServerProcess.StartAsync();
        await using var client = await OutriderClient.ConnectAsync(server.Endpoints, cancellation: Stop);
        const int count = 200;
        var from = (await client.TailAsync(Stop)).Require().Confirmed;
        var feeding = Task.Run(async () =>
        {
            for (var i = 0; i < count; i += 2)
            {
                NewRecord[] two = [new(Bytes($"{i}")), new(Bytes($"{i + 1}"))];
                (await client.AppendAsync("in", two, cancellation: Stop)).Require();
            }
        }, Stop);
        for (var goal = 40; goal <= count; goal += 40)
        {
            // Each one begins from the checkpoint that the one before has left; some outputs are made again.
            var options = new RunnerOptions(
                "sums", Key: "in", MaxSpeculativeRecords: 16, MaxSpeculativeMs: 10_000, From: from);
            var runner = new ProcessorRunner<int, Derived>(
                client, options, 0, Handle, new PersistentState<int>(),
                new LogSink<int>(client, "sums", new IntCodec()));
            await runner.RunAsync(processor => processor.State >= goal, Stop);
        }

        await feeding;
        // From the beginning, as if no checkpoint had been saved: every output is known by its name.
        var again = new ProcessorRunner<int, Derived>(
            client, new RunnerOptions("sums", Key: "in", From: from), 0, Handle, new PersistentState<int>(),
            new LogSink<int>(client, "sums", new IntCodec()) { IgnoresCheckpoint = true });
        await again.RunAsync(processor => processor.TakeCheckpoint().State >= count, Stop);
        var page = (await client.ReadKeyAsync("out", new(0), maxRecords: 1000, cancellation: Stop)).Require();
        Assert.Equal(Enumerable.Range(0, count).Select(i => $"{i}:{i + 1}"), page.Records.Select(Text));
    }

    [Fact]
    public async Task Speculation_goes_on_from_log_to_log_and_a_new_writer_goes_on_where_the_last_one_ended()
    {
        await using var server = await ServerProcess.StartAsync();
        await using var client = await OutriderClient.ConnectAsync(server.Endpoints, cancellation: Stop);
        const int count = 60;
        var from = (await client.TailAsync(Stop)).Require().Confirmed;
        var feeding = Task.Run(async () =>
        {
            for (var i = 0; i < count; i++)
                (await client.AppendAsync("in", Bytes($"{i}"), cancellation: Stop)).Require();
        }, Stop);
        for (var goal = 20; goal <= count; goal += 20)
        {
            var runner = new CascadeRunner<int>(
                client, new RunnerOptions("squares", Key: "in", From: from), "squares", 0,
                static (state, record, emit) =>
                {
                    emit(Bytes($"{Text(record)}:{state + 1}"));
                    return state + 1;
                },
                new PersistentState<int>(), new IntCodec());
            await runner.RunAsync(processor => processor.TakeCheckpoint().State >= goal, Stop);
        }

        await feeding;
        var reader = new CascadeReader();
        var second = new SpeculativeProcessor<int, string>(
            "second", new(new(0), 0), static (state, record, emit) =>
            {
                emit(Text(record));
                return state + 1;
            },
            new PersistentState<int>());
        var released = new List<string>();
        await foreach (var push in client.SubscribeAsync(new Position(0), key: "squares", cancellation: Stop))
        {
            foreach (var told in reader.Step(push)) released.AddRange(second.Step(told).Select(output => output.Value));
            if (released.Count >= count) break;
        }

        Assert.Equal(Enumerable.Range(0, count).Select(i => $"{i}:{i + 1}"), released);
    }

    private static int Handle(int state, LogRecord record, Action<Derived> emit)
    {
        emit(new("out", Bytes($"{Text(record)}:{state + 1}")));
        return state + 1;
    }

    private static async Task<int> CountAsync(OutriderClient client, RecordFilter filter, int expected)
    {
        var seen = 0;
        var wanted = new SubscribeOptions { From = new(0), Speculative = false, Filter = filter };
        await foreach (var push in client.SubscribeAsync(wanted, Stop))
        {
            if (push is LogReply.Records records)
            {
                Assert.All(records.Items, record => Assert.True(filter.Takes(record)));
                seen += records.Items.Count;
            }

            if (seen >= expected) break;
        }

        return seen;
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(LogRecord record) => Encoding.UTF8.GetString(record.Payload.Span);

    private sealed class IntCodec : IStateCodec<int>
    {
        public ReadOnlyMemory<byte> Write(int state) => BitConverter.GetBytes(state);
        public int Read(ReadOnlyMemory<byte> bytes) => BitConverter.ToInt32(bytes.Span);
    }
}
