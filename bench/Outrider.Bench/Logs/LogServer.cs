using System.Diagnostics;
using System.Text.Json;
using Outrider.Bench.Systems;

namespace Outrider.Bench.Logs;

/// <summary>The parent's side of a cluster in a process of its own.</summary>
internal sealed class LogServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Scratch _scratch;

    private LogServer(LogSetup setup, Process process, Scratch scratch, string endpoints) =>
        (Setup, _process, _scratch, Endpoints) = (setup, process, scratch, endpoints);

    public LogSetup Setup { get; }

    /// <summary>Where its clients connect, node by node.</summary>
    public string Endpoints { get; }

    /// <exception cref="BenchFailure">The cluster did not start.</exception>
    public static async Task<LogServer> StartAsync(LogSetup setup)
    {
        var scratch = Scratch.Make(inMemory: !setup.Fsync);
        var program = Environment.ProcessPath!;
        var library = typeof(LogServer).Assembly.Location;
        string[] words = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [library] : [];
        var start = new ProcessStartInfo(program, [.. words, "log-server", setup.ToArgument(), scratch.Path])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start) ?? throw new BenchFailure("the cluster's process does not start");
        var endpoints = await process.StandardOutput.ReadLineAsync();
        if (endpoints is not null) return new LogServer(setup, process, scratch, endpoints);
        await process.WaitForExitAsync();
        scratch.Dispose();
        throw new BenchFailure($"the cluster of {setup.System} ended at its start");
    }

    /// <summary>For its processor time; the cluster's to end.</summary>
    public Process Process => _process;

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public async Task<ServerStatus> StatusAsync() =>
        JsonSerializer.Deserialize<ServerStatus>(await AskAsync("status"))!;

    public async Task<string> AskAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
        return await _process.StandardOutput.ReadLineAsync()
            ?? throw new BenchFailure($"the cluster of {Setup.System} ended");
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _scratch.Dispose();
    }
}
