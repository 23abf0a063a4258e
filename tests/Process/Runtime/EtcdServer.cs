using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Outrider.Tests.Process;

/// <summary>A real etcd of one member on loopback, which the test stops, wakes and kills.</summary>
internal sealed partial class EtcdServer : IDisposable
{
    private const int SigStop = 19;
    private const int SigCont = 18;

    private readonly ScratchDirectory _data = new();
    private readonly System.Diagnostics.Process _process;

    private EtcdServer(System.Diagnostics.Process process, string url, ScratchDirectory data)
    {
        _process = process;
        _data = data;
        Url = url;
    }

    public string Url { get; }

    public static async Task<EtcdServer> StartAsync()
    {
        var binary = DebianTools.Find("etcd", "etcd-server");
        var data = new ScratchDirectory();
        var (client, peer) = ($"http://127.0.0.1:{FreePort()}", $"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo(binary)
        {
            ArgumentList =
            {
                "--name", "one", "--data-dir", data.Sub("etcd"), "--listen-client-urls", client,
                "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                "--initial-cluster", $"one={peer}", "--logger", "zap", "--log-level", "error",
            },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        var process = System.Diagnostics.Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.OutputDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(1) };
        await Patience.Until(() => process.HasExited || IsHealthy(http, client), "etcd answers /health");
        Assert.False(process.HasExited, "etcd has exited");
        return new EtcdServer(process, client, data);
    }

    /// <summary>Returns when it stands still: the signal alone may be a moment ahead of its threads.</summary>
    public void Suspend()
    {
        Signal(SigStop);
        foreach (var thread in Directory.GetDirectories($"/proc/{_process.Id}/task"))
            SpinWait.SpinUntil(() => StateOf(thread) is 'T' or '?', TimeSpan.FromSeconds(10));
    }

    public void Continue() => Signal(SigCont);

    private static char StateOf(string thread)
    {
        try
        {
            var stat = File.ReadAllText(Path.Combine(thread, "stat"));
            return stat[stat.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            return '?';
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _data.Dispose();
    }

    private static bool IsHealthy(HttpClient http, string url)
    {
        try
        {
            var said = http.GetStringAsync(new Uri(url + "/health")).GetAwaiter().GetResult();
            return said.Contains("true", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private void Signal(int signal) => Assert.Equal(0, Kill(_process.Id, signal));

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
