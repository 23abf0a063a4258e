using System.Globalization;
using Outrider.Log;
using Outrider.Server.Embedding;
using StackExchange.Redis;

namespace Outrider.Tests.Process.Server;

/// <summary>A server with a retention, on real files: they do not grow with what was written.</summary>
public sealed class RetentionTests
{
    private const int Rounds = 30;
    private const int PerRound = 64;
    private const int RecordBytes = 16 << 10;
    private const int RecordsKept = 32;
    // In each copy 30 MiB are written. The journal lets as much be dead as is live: about 4 MiB, for what ended and
    // what is not cut yet comes to what is kept and to the round under way; some files more are to be written over.
    private const long BytesMax = 12L << 20;
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task By_size_bounds_the_directory_of_every_node_over_writes_and_restarts()
    {
        using var scratch = new ScratchDirectory();
        var log = LogOptions.Default with { RetentionBytes = RecordsKept * RecordBytes };
        await RunAsync(Options(scratch.Sub("data"), log), trim: false);
    }

    [Fact]
    public async Task A_trim_after_each_round_bounds_it_too()
    {
        using var scratch = new ScratchDirectory();
        await RunAsync(Options(scratch.Sub("data"), LogOptions.Default), trim: true);
    }

    private static async Task RunAsync(OutriderOptions options, bool trim)
    {
        var server = await OutriderServer.StartAsync(options, Stop);
        try
        {
            for (var round = 0; round < Rounds; round++)
            {
                await WriteAsync(server, round, trim);
                await Patience.Until(
                    () => Largest(options.DataDirectory!) <= BytesMax,
                    $"the files are few after round {round}: {Largest(options.DataDirectory!)}");
                if (round % 6 != 5) continue;
                await server.DisposeAsync();
                server = await OutriderServer.StartAsync(options, Stop);
                await CheckAsync(server, round);
            }
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static async Task WriteAsync(OutriderServer server, int round, bool trim)
    {
        await using var redis = await ConnectAsync(server);
        var db = redis.GetDatabase();
        for (var i = 0; i < PerRound; i++) await db.StreamAddAsync("s", "v", Value(round, i));
        await CheckAsync(server, round);
        if (!trim)
        {
            await Patience.Until(() => db.StreamLength("s") <= 2 * RecordsKept, $"round {round} is trimmed");
            return;
        }

        var newest = (await db.StreamRangeAsync("s", count: 1, messageOrder: Order.Descending))[0];
        await db.ExecuteAsync("LOG.TRIM", ((string)newest.Id!).Split('-')[0]);
    }

    /// <summary>The newest records are there, whatever has gone; and none twice.</summary>
    private static async Task CheckAsync(OutriderServer server, int round)
    {
        await using var redis = await ConnectAsync(server);
        var db = redis.GetDatabase();
        var newest = await db.StreamRangeAsync("s", messageOrder: Order.Descending);
        var values = newest.Select(entry => ((string)entry.Values[0].Value!)[..12]).ToList();
        Assert.NotEmpty(values);
        Assert.Equal(newest.Length, await db.StreamLengthAsync("s"));
        var at = (round * PerRound) + PerRound - 1;
        foreach (var value in values) Assert.Equal(Value(at / PerRound, at-- % PerRound)[..12], value);
    }

    private static string Value(int round, int number) =>
        (round * 1_000 + number).ToString("D12", CultureInfo.InvariantCulture).PadRight(RecordBytes, 'x');

    /// <summary>Bytes in the directory that holds most.</summary>
    private static long Largest(string data) => Directory
        .GetDirectories(data, "*", SearchOption.AllDirectories)
        .Max(static node => Directory.GetFiles(node).Sum(static file => new FileInfo(file).Length));

    private static Task<ConnectionMultiplexer> ConnectAsync(OutriderServer server)
    {
        var at = server.EndpointOf("eu-1")!;
        return ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
        {
            EndPoints = { at },
            AbortOnConnectFail = true,
            SyncTimeout = 30_000,
            AsyncTimeout = 30_000,
        });
    }

    private static OutriderOptions Options(string data, LogOptions log) => new()
    {
        DataDirectory = data,
        Regions = ["eu"],
        NodesPerRegion = 3,
        Rtt = [],
        SegmentBytes = 256 << 10,
        Log = log with { Shards = 1, Replicas = 2, TrimBytes = 64 << 10 },
    };
}
