using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Outrider.Tests.Process.Server;

/// <summary>A region set in a process of its own; it ends with the test, however that ends.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly string[] Small =
        ["--regions", "eu", "--nodes-per-region", "3", "--shards", "1", "--replicas", "2", "--port", "0", "--http",
            "0"];

    private readonly System.Diagnostics.Process _process;
    private readonly JsonElement _said;

    private ServerProcess(System.Diagnostics.Process process, JsonElement said) => (_process, _said) = (process, said);

    /// <summary>All client endpoints, separated by commas.</summary>
    public string Endpoints => _said.GetProperty("endpoints").GetString()!;

    public string FirstEndpoint => Endpoints.Split(',')[0];

    public int Port => int.Parse(FirstEndpoint.Split(':')[1]);

    public string Http => _said.GetProperty("http").GetString()!;

    public string Token => _said.GetProperty("token").GetString()!;

    /// <summary>Memory in use, in bytes.</summary>
    public long WorkingSet
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Starts one; three nodes of one region unless other flags say otherwise.</summary>
    public static async Task<ServerProcess> StartAsync(params string[] flags)
    {
        var start = new ProcessStartInfo("dotnet", [HostFile(), .. Small, .. flags])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = System.Diagnostics.Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(90));
        if (line is null) Assert.Fail($"the server did not start: {await errors}");
        using var document = JsonDocument.Parse(line);
        return new(process, document.RootElement.Clone());
    }

    /// <summary>The program that such a process runs.</summary>
    public static string HostFile()
    {
        var host = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Outrider.Tests.ServerHost",
            "release", "Outrider.Tests.ServerHost.dll"));
        Assert.True(File.Exists(host), $"{host} is missing: build the solution in Release first");
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            throw new InvalidOperationException("the server did not end when asked to");
        }
        finally
        {
            _process.Dispose();
        }
    }
}

/// <summary>Runs a program to its end.</summary>
internal static class Program
{
    public static async Task<(int Code, string Output)> RunAsync(
        string program, IReadOnlyList<string> arguments, string? input = null, string? directory = null,
        (string Name, string Value)? variable = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "",
            StandardOutputEncoding = Encoding.UTF8,
        };
        if (variable is { } set) start.Environment[set.Name] = set.Value;
        using var process = System.Diagnostics.Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, await output + await errors);
    }
}
