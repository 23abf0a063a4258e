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
    private static readonly TimeSpan AddLimit = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);
    private readonly DataDirectory _data;
    private readonly GrowingList<NodeProcess> _processes = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly OutriderOptions _options;
    private readonly IReadOnlyList<string> _command;
    private readonly ControlPlaneChoice _control;
    private readonly LiveLayout _live;
    private readonly LayoutGrower _grower;
    private HttpFront? _front;

    private ProcessSet(
        OutriderOptions options, DataDirectory data, IReadOnlyList<string> command, ControlPlaneChoice control,
        LayoutRegistry registry, LayoutFile layout)
    {
        (_options, _data, _command, _control) = (options, data, command, control);
        _live = new(layout);
        _grower = new(registry, _live, BeginAsync);
        AdminToken = data.Token(options.AdminToken);
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminToken);
        ProcessSetPlan.Write(options, data, layout, AdminToken);
        foreach (var node in layout.Nodes) _processes.Add(ProcessOf(node));
    }

    /// <summary>Who is where; it grows when a node is added.</summary>
    public Layout Layout => _live.Value;

    public EventLog Events { get; } = new();

    /// <summary>All client endpoints in the form that clients take.</summary>
    public string Endpoints => string.Join(',', _live.File.Nodes.Select(node => node.Clients));

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
        ControlPlaneChoice? plane = null;
        ProcessSet? set = null;
        try
        {
            plane = ControlPlaneChoice.Open(options.Control, data.ControlPath, data.ClusterId(), options.Logs);
            var registry = new LayoutRegistry(plane.Plane);
            var layout = await LayoutStart.ResolveAsync(
                options, data, registry, ProcessSetPlan.Addresses(options), cancellation).ConfigureAwait(false);
            set = new ProcessSet(options, data, command, plane, registry, layout);
            foreach (var process in set._processes) process.Start();
            var guard = new AdminGuard(set.AdminToken, options.Bind, options.Insecure, options.Users.Required);
            var control = new ProcessSetControl(set._processes, set._live, set.Events, set._http, set.AddAsync);
            set._front = await HttpFront.StartAsync(new(options.Bind, options.HttpPort ?? 0), guard, control,
                options.Logs)
                .ConfigureAwait(false);
            await set.WaitReadyAsync(cancellation).ConfigureAwait(false);
            return set;
        }
        catch
        {
            if (set is not null) await set.DisposeAsync().ConfigureAwait(false);
            else
            {
                plane?.Dispose();
                data.Dispose();
            }

            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_front is not null) await _front.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_processes.Select(process => process.StopAsync(StopPatience))).ConfigureAwait(false);
        foreach (var process in _processes) process.Dispose();
        _http.Dispose();
        _control.Dispose();
        _data.Dispose();
    }

    private NodeProcess ProcessOf(LayoutNode node) =>
        new(node, _command, ProcessSetPlan.ConfigurationPath(_data, node.Name), Events);

    private Task<ActOutcome> AddAsync(string name, NodeAct act, CancellationToken cancellation)
    {
        if (act.HasAddresses)
            return Task.FromResult<ActOutcome>(new ActOutcome.Refused(
                "this cluster chooses the addresses of its nodes itself: leave them out"));
        var addresses = ProcessSetPlan.Addresses(_options);
        return _grower.AddAsync(name, id => addresses(id, false), cancellation);
    }

    /// <summary>The first process of a node that has just come into the layout.</summary>
    private async Task<ActOutcome> BeginAsync(LayoutNode added, CancellationToken cancellation)
    {
        ProcessSetPlan.WriteAdded(_options, _data, _live.File, added, AdminToken);
        var process = _processes.FirstOrDefault(one => one.Node.Name == added.Name);
        if (process is null) _processes.Add(process = ProcessOf(added));
        process.Start();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AddLimit);
        while (!await IsReadyAsync(process, limit.Token).ConfigureAwait(false))
        {
            if (process.ProcessId is null)
                return new ActOutcome.Refused($"{added.Name} is in the layout, and its process {process.State} at "
                    + $"once; why, it said where `up` runs; next: outrider node restart {added.Name}");
            if (limit.IsCancellationRequested)
                return new ActOutcome.TimedOut($"{added.Name} is added and runs, but is not ready yet; next: "
                    + "outrider status");
            await Task.Delay(20, CancellationToken.None).ConfigureAwait(false);
        }

        return new ActOutcome.Done($"{added.Name} is added: clients {added.Clients}");
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
