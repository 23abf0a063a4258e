using System.Net.Http.Headers;
using Outrider.Core;
using Outrider.Server.Http;

namespace Outrider.Server.Embedding;

/// <summary>
/// A region set with one process a node, on one machine. What runs behind <c>outrider up --processes</c>: writes what
/// the processes need, starts them, and answers for all of them on one HTTP port.
/// </summary>
public sealed class ProcessSet : IAsyncDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);
    private readonly DataDirectory _data;
    private readonly List<NodeProcess> _processes = [];
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly LayoutFile _file;
    private HttpFront? _front;

    private ProcessSet(OutriderOptions options, DataDirectory data, IReadOnlyList<string> command)
    {
        _data = data;
        AdminToken = data.Token(options.AdminToken);
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminToken);
        _file = ProcessSetPlan.Write(options, data, AdminToken);
        Layout = _file.ToLayout();
        foreach (var node in _file.Nodes)
            _processes.Add(new NodeProcess(node, command, ProcessSetPlan.ConfigurationPath(data, node.Name), Events));
    }

    public Layout Layout { get; }

    public EventLog Events { get; } = new();

    /// <summary>All client endpoints in the form that clients take.</summary>
    public string Endpoints => string.Join(',', _file.Nodes.Select(node => node.Clients));

    public string? HttpAddress => _front?.Address;

    public string AdminToken { get; }

    public string AdminTokenFile => _data.TokenFile;

    public string DataPath => _data.Path;

    /// <summary>Starts all processes and waits until the log takes appends.</summary>
    /// <param name="options">As for a region set in one process; no HTTP port means one that the system
    /// chooses.</param>
    /// <param name="command">How this program is run: <c>["dotnet", "outrider.dll"]</c>; <c>node start --config
    /// FILE</c>
    /// is added to it.</param>
    /// <param name="cancellation">Gives up, and stops what was started.</param>
    /// <exception cref="OptionsException">The options cannot be used; the message says what to change.</exception>
    /// <exception cref="TimeoutException">A process did not become ready; its own words stand on its error stream.
    /// </exception>
    public static async Task<ProcessSet> StartAsync(
        OutriderOptions options, IReadOnlyList<string> command, CancellationToken cancellation = default)
    {
        if (options.Problem() is { } problem) throw new OptionsException(problem);
        var data = DataDirectory.Open(options.DataDirectory);
        ProcessSet? set = null;
        try
        {
            set = new ProcessSet(options, data, command);
            foreach (var process in set._processes) process.Start();
            var guard = new AdminGuard(set.AdminToken, options.Bind, options.Insecure, options.Users.Required);
            var control = new ProcessSetControl(set._processes, set.Layout, set.Events, set._http);
            set._front = await HttpFront.StartAsync(new(options.Bind, options.HttpPort ?? 0), guard, control,
                options.Logs)
                .ConfigureAwait(false);
            await set.WaitReadyAsync(cancellation).ConfigureAwait(false);
            return set;
        }
        catch
        {
            if (set is not null) await set.DisposeAsync().ConfigureAwait(false);
            else data.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_front is not null) await _front.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_processes.Select(process => process.StopAsync(StopPatience))).ConfigureAwait(false);
        foreach (var process in _processes) process.Dispose();
        _http.Dispose();
        _data.Dispose();
    }

    private async Task WaitReadyAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(ReadyLimit);
        foreach (var process in _processes)
        {
            while (!await IsReadyAsync(process, limit.Token).ConfigureAwait(false))
            {
                if (limit.IsCancellationRequested)
                {
                    cancellation.ThrowIfCancellationRequested();
                    throw new TimeoutException($"{process.Node.Name} was not ready after {ReadyLimit.TotalSeconds} s");
                }

                if (process.ProcessId is null)
                    throw new OptionsException($"{process.Node.Name} {process.State} at once; it said why above");
                await Task.Delay(20, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> IsReadyAsync(NodeProcess process, CancellationToken cancellation)
    {
        try
        {
            using var answer = await _http.GetAsync($"http://{process.Node.Http}/readyz", cancellation)
                .ConfigureAwait(false);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception notYet) when (notYet is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
