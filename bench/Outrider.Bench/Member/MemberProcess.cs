using System.Globalization;
using System.Text.Json;

namespace Outrider.Bench.Member;

/// <summary>The child's side: answers one line with one line until its input ends.</summary>
internal static class MemberProcess
{
    public static async Task<int> RunAsync(string[] args, TextReader input, TextWriter output)
    {
        var options = MemberOptions.Parse(args);
        await using IBenchMember member = options.System switch
        {
            "outrider" => new OutriderMember(options),
            "dotnext" => new DotNextMember(options),
            _ => throw new ArgumentException($"no member of {options.System}"),
        };
        await member.StartAsync();
        await SayAsync("started");
        while (await Task.Run(input.ReadLine) is { } line)
        {
            var words = line.Split(' ');
            switch (words[0])
            {
                case "leader":
                    await SayAsync(await member.IsLeaderAsync() ? "yes" : "no");
                    break;
                case "run":
                    await SayAsync(JsonSerializer.Serialize(await RunLoadAsync(member, words)));
                    break;
                case "verify":
                    var (records, wrong) = await member.VerifyAsync();
                    await SayAsync(wrong ?? $"ok {records}");
                    break;
                default:
                    return 0;
            }
        }

        return 0;

        async Task SayAsync(string line)
        {
            await output.WriteLineAsync(line);
            await output.FlushAsync();
        }
    }

    /// <summary>run CALLERS BYTES RECORDS WARMUP SECONDS: bytes of a call, and how many records it counts.</summary>
    private static async Task<LoadResult> RunLoadAsync(IBenchMember member, string[] words)
    {
        var (callers, bytes, records) = (int.Parse(words[1]), int.Parse(words[2]), int.Parse(words[3]));
        var warmup = double.Parse(words[4], CultureInfo.InvariantCulture);
        var seconds = double.Parse(words[5], CultureInfo.InvariantCulture);
        var payloads = new byte[callers][];
        for (var i = 0; i < callers; i++)
        {
            payloads[i] = new byte[bytes];
            new Random(i).NextBytes(payloads[i]);
        }

        return await Load.RunAsync(
            callers, records, warmup, seconds, caller => member.AppendAsync(caller, payloads[caller], records));
    }
}
