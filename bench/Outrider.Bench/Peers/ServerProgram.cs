using System.Diagnostics;
using System.Net.Sockets;
using System.Net;
using Outrider.Bench.Systems;

namespace Outrider.Bench.Peers;

/// <summary>A Debian server on loopback with a port and a directory of its own.</summary>
internal sealed class ServerProgram : IAsyncDisposable
{
    private readonly Scratch _scratch;

    private ServerProgram(Process process, Scratch scratch, IPEndPoint endpoint) =>
        (Process, _scratch, Endpoint) = (process, scratch, endpoint);

    public Process Process { get; }
    public IPEndPoint Endpoint { get; }

    /// <exception cref="BenchFailure">It does not listen after half a minute.</exception>
    public static async Task<ServerProgram> StartAsync(
        string program, bool inMemory, Func<int, string, IEnumerable<string>> arguments)
    {
        var scratch = Scratch.Make(inMemory);
        var endpoint = Ports.Free(1)[0];
        var start = new ProcessStartInfo(program, arguments(endpoint.Port, scratch.Path))
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = scratch.Path,
        };
        var process = Process.Start(start) ?? throw new BenchFailure($"{program} does not start");
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var server = new ServerProgram(process, scratch, endpoint);
        var until = Stopwatch.GetTimestamp() + (30 * Stopwatch.Frequency);
        while (!await server.ListensAsync())
        {
            if (!process.HasExited && Stopwatch.GetTimestamp() < until)
            {
                await Task.Delay(50);
                continue;
            }

            await server.DisposeAsync();
            throw new BenchFailure($"{program} does not listen");
        }

        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited) Process.Kill();
        await Process.WaitForExitAsync();
        Process.Dispose();
        _scratch.Dispose();
    }

    private async Task<bool> ListensAsync()
    {
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(Endpoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
