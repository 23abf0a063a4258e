using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Outrider.Client;
using Outrider.Log;
using Outrider.Server.Embedding;

namespace Outrider.Tests.Process.Server;

/// <summary>
/// Data written by earlier versions opens in this one: each archive of tests/Golden is opened, read back whole and
/// written to. <c>eng/golden</c> makes the archive of the version at hand.
/// </summary>
public sealed class GoldenDataTests
{
    private const string MakeVariable = "OUTRIDER_GOLDEN";
    private static readonly string[] NotKept = ["held", "admin-token", "lock"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Archives =>
        [.. Directory.GetFiles(Folder(), "*.zip").Select(file => Path.GetFileNameWithoutExtension(file)!).Order()];

    [Theory]
    [MemberData(nameof(Archives))]
    public async Task Data_of_an_earlier_version_is_read_back_whole(string archive)
    {
        using var scratch = new ScratchDirectory();
        var data = scratch.Sub("data");
        await ZipFile.ExtractToDirectoryAsync(Path.Combine(Folder(), archive + ".zip"), data, Stop);
        var expected = await File.ReadAllTextAsync(Path.Combine(Folder(), archive + ".sha256"), Stop);
        await using var server = await OutriderServer.StartAsync(Options(data), Stop);
        await using var client = await OutriderClient.ConnectAsync(server.Endpoints, cancellation: Stop);
        Assert.Equal(expected.Trim(), await DigestAsync(client));
        (await client.AppendAsync("golden/new", "goes on"u8.ToArray(), cancellation: Stop)).Require();
    }

    [Fact]
    public async Task This_version_has_an_archive_or_makes_it()
    {
        var version = typeof(OutriderServer).Assembly.GetName().Version!.ToString(3);
        if (Environment.GetEnvironmentVariable(MakeVariable) is { Length: > 0 }) await MakeAsync($"data-{version}");
        Assert.Contains($"data-{version}", Archives.Select(row => row.Data));
    }

    private static async Task MakeAsync(string name)
    {
        using var scratch = new ScratchDirectory();
        var data = scratch.Sub("data");
        await using (var server = await OutriderServer.StartAsync(Options(data), Stop))
        {
            await using var client = await OutriderClient.ConnectAsync(server.Endpoints, cancellation: Stop);
            await FillAsync(client, "first");
            (await client.TrimKeyAsync("golden/3", 2, cancellation: Stop)).Require();
        }

        string digest;
        await using (var server = await OutriderServer.StartAsync(Options(data), Stop))
        {
            // A second life, with sub-logs of its own.
            await using var client = await OutriderClient.ConnectAsync(server.Endpoints, cancellation: Stop);
            await FillAsync(client, "second");
            digest = await DigestAsync(client);
        }

        foreach (var file in Directory.GetFiles(data, "*", SearchOption.AllDirectories))
            if (NotKept.Contains(Path.GetFileName(file))) File.Delete(file);
        var archive = Path.Combine(Folder(), name + ".zip");
        File.Delete(archive);
        await ZipFile.CreateFromDirectoryAsync(data, archive, CompressionLevel.SmallestSize, false, Stop);
        await File.WriteAllTextAsync(Path.Combine(Folder(), name + ".sha256"), digest + "\n", Stop);
    }

    private static async Task FillAsync(OutriderClient client, string life)
    {
        for (var i = 0; i < 12; i++)
        {
            var records = Enumerable.Range(0, 1 + (i % 5)).Select(n => new NewRecord(
                Encoding.UTF8.GetBytes($"{life} {i} {n} ").Concat(new byte[i * n * 100]).ToArray(),
                i % 2 == 0 ? [new("name"u8.ToArray(), Encoding.UTF8.GetBytes($"value {n}"))] : null,
                1_000_000 + (i * 1000) + n)).ToList();
            (await client.AppendAsync($"golden/{i % 7}", records, cancellation: Stop)).Require();
        }
    }

    /// <summary>Everything a reader can see: all records in order, and what each key holds.</summary>
    private static async Task<string> DigestAsync(OutriderClient client)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var keys = new SortedSet<string>(StringComparer.Ordinal);
        var count = 0;
        var next = new Position(0);
        for (var more = true; more;)
        {
            var page = (await client.ReadAsync(next, 100, Stop)).Require();
            foreach (var record in page.Records)
            {
                keys.Add(record.Key);
                count++;
                Add(hash, $"{record.Position.Value} {record.Key} {record.TimestampMs} "
                    + $"{Convert.ToHexString(record.Payload.Span)} {Convert.ToHexString(record.Headers.Span)}\n");
            }

            more = page.Records.Count > 0;
            next = page.Next;
        }

        foreach (var key in keys)
        {
            var extent = (await client.KeyAsync(key, Stop)).Require();
            Add(hash, $"{key} {extent.Count} {extent.First} {extent.Last}\n");
        }

        return $"{Convert.ToHexStringLower(hash.GetHashAndReset())} {count} records";
    }

    private static void Add(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));

    private static OutriderOptions Options(string data) => new()
    {
        DataDirectory = data,
        Regions = ["eu"],
        NodesPerRegion = 3,
        Rtt = [],
        Log = LogOptions.Default with { Shards = 1, Replicas = 2 },
    };

    private static string Folder([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "Golden"));
}
