using System.Globalization;
using System.Text.Json;
using Outrider.Client;
using Outrider.Log;
using Outrider.Server.Embedding;
using Outrider.Tests.Process.Server;

namespace Outrider.Tests.Process.Storage;

/// <summary>
/// A real data directory, damaged in each way: what <c>outrider inspect</c> says of it, and what the next start does.
/// </summary>
public sealed class DamagedDirectoryTests
{
    private const int RecordCount = 30;
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_damage_is_shown_with_its_place_and_repaired_cut_or_refused()
    {
        using var scratch = new ScratchDirectory();
        var whole = scratch.Sub("whole");
        await using (var server = await OutriderServer.StartAsync(Small(whole), Stop))
        {
            await using var client = await OutriderClient.ConnectAsync(server.Endpoints, cancellation: Stop);
            for (var i = 0; i < RecordCount; i++)
                (await client.AppendAsync("key", Value(i), cancellation: Stop)).Require();
        }

        var (sound, _) = await InspectAsync(SegmentIn(whole));
        Assert.Equal(0, sound);
        var batches = await BatchesAsync(SegmentIn(whole));
        var middle = batches[batches.Count / 2];
        var last = batches[^1];

        await IsRepaired(scratch, whole, "bit", middle.At + middle.Bytes - 3, (file, at) => Flip(file, at));
        await IsRepaired(scratch, whole, "sector", middle.At, (file, at) => Fill(file, at, 512));
        // The end of the journal gone is what a torn write looks like: cut, and nothing to show.
        await IsRepaired(scratch, whole, "tail", -1, (file, _) => Fill(file, last.At, last.Bytes));
        await IsRepaired(scratch, whole, "header", 0, (file, _) => Fill(file, 0, 4096));
        await IsRefused(scratch, whole, "short", middle.At, (file, at) => Truncate(file, at), "ends at offset");
        await IsRefused(scratch, whole, "stub", 0, (file, _) => Truncate(file, 100), "missing");
        await IsRefused(scratch, whole, "gone", -1, (file, _) => File.Delete(file), "missing");
        await IsRefused(
            scratch, whole, "lives", -1,
            (file, _) => Fill(Path.Combine(Path.GetDirectoryName(file)!, "journal.node"), 0, 8192), "count of lives");
    }

    /// <summary>The node starts, and every acknowledged record is read as it was written.</summary>
    private static async Task IsRepaired(
        ScratchDirectory scratch, string whole, string name, int at, Action<string, int> damage)
    {
        var data = await DamagedCopy(scratch, whole, name, at, damage);
        await using var server = await OutriderServer.StartAsync(Small(data), Stop);
        await using var client = await OutriderClient.ConnectAsync(server.Endpoints, cancellation: Stop);
        var values = new List<string>();
        var next = new Position(0);
        for (var page = (await client.ReadKeyAsync("key", next, cancellation: Stop)).Require(); page.Records.Count > 0;
            page = (await client.ReadKeyAsync("key", page.Next, cancellation: Stop)).Require())
            values.AddRange(page.Records.Select(r => Convert.ToHexString(r.Payload.Span)));
        Assert.Equal(Enumerable.Range(0, RecordCount).Select(i => Convert.ToHexString(Value(i))), values);
    }

    /// <summary>The node does not start, says why and what to do, and changes nothing.</summary>
    private static async Task IsRefused(
        ScratchDirectory scratch, string whole, string name, int at, Action<string, int> damage, string says)
    {
        var data = await DamagedCopy(scratch, whole, name, at, damage);
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => OutriderServer.StartAsync(Small(data), Stop));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.Contains("outrider node", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<string> DamagedCopy(
        ScratchDirectory scratch, string whole, string name, int at, Action<string, int> damage)
    {
        var data = scratch.Sub(name);
        var (code, output) = await Program.RunAsync("cp", ["-r", "--sparse=always", whole, data]);
        Assert.True(code == 0, output);
        var segment = SegmentIn(data);
        damage(segment, at);
        if (at < 0) return data;
        var (verdict, text) = await InspectAsync(segment);
        Assert.True(verdict == 1, $"{name}: {text}");
        Assert.Contains(Path.GetFileName(segment), text, StringComparison.Ordinal);
        Assert.Contains("PROBLEM at offset ", text, StringComparison.Ordinal);
        return data;
    }

    private static Task<(int Code, string Output)> InspectAsync(string file, params string[] flags) =>
        Program.RunAsync("dotnet", [CommandFile(), "inspect", file, .. flags]);

    private static async Task<List<(int At, int Bytes)>> BatchesAsync(string file)
    {
        var (code, output) = await InspectAsync(file, "--json");
        Assert.Equal(0, code);
        using var document = JsonDocument.Parse(output);
        return [.. document.RootElement[0].GetProperty("batches").EnumerateArray().Select(batch =>
            (batch.GetProperty("offsetBytes").GetInt32(), batch.GetProperty("totalBytes").GetInt32()))];
    }

    private static string CommandFile()
    {
        var file = Path.GetFullPath(
            Path.Combine(AppContext.BaseDirectory, "..", "..", "Outrider.Cli", "release", "outrider.dll"));
        Assert.True(File.Exists(file), $"{file} is missing: build the solution in Release first");
        return file;
    }

    private static string SegmentIn(string data) => Directory.GetFiles(
        Path.Combine(data, "nodes", "eu-1", "journal"), "journal-*.seg").Order(StringComparer.Ordinal).First();

    private static byte[] Value(int i) =>
        System.Text.Encoding.UTF8.GetBytes($"value {i.ToString(CultureInfo.InvariantCulture)}");

    private static void Flip(string file, int at)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = at;
        var old = stream.ReadByte();
        stream.Position = at;
        stream.WriteByte((byte)(old ^ 16));
    }

    private static void Fill(string file, int at, int count)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = at;
        stream.Write([.. Enumerable.Repeat((byte)0xA5, count)]);
    }

    private static void Truncate(string file, int length)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        stream.SetLength(length);
    }

    private static OutriderOptions Small(string data) => new()
    {
        DataDirectory = data,
        Regions = ["eu"],
        NodesPerRegion = 3,
        Rtt = [],
        Log = LogOptions.Default with { Shards = 1, Replicas = 2 },
    };
}
