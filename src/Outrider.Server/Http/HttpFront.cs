using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Outrider.Server.Http;

/// <summary>
/// The HTTP port: health for machines, metrics for scrapers, status for people and tools, administration for whoever
/// holds the token. Small bodies, few connections, short patience.
/// </summary>
internal sealed class HttpFront : IAsyncDisposable
{
    private const int ConnectionsMax = 16_384;
    private const int BodyBytesMax = 64 << 10;
    private readonly WebApplication _app;

    private HttpFront(WebApplication app, string address) => (_app, Address) = (app, address);

    /// <summary>As in http://127.0.0.1:7380.</summary>
    public string Address { get; }

    /// <exception cref="IOException">The port is taken or may not be bound.</exception>
    public static async Task<HttpFront> StartAsync(
        IPEndPoint endpoint, AdminGuard guard, IClusterControl cluster, ILoggerFactory logs)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton<IHostLifetime, EmbeddedLifetime>();
        builder.Services.AddRequestTimeouts(options =>
            options.DefaultPolicy = new RequestTimeoutPolicy { Timeout = TimeSpan.FromSeconds(90) });
        builder.WebHost.ConfigureKestrel(kestrel => Limit(kestrel, endpoint));
        var app = builder.Build();
        app.Use(guard.CheckAsync);
        app.UseRequestTimeouts();
        HealthApi.Map(app, cluster);
        AdminApi.Map(app, cluster);
        ConsoleApi.Map(app, cluster);
        try
        {
            await app.StartAsync().ConfigureAwait(false);
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new IOException($"the HTTP port {endpoint} is taken; choose another with --http", taken);
        }

        return new HttpFront(app, app.Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(patience.Token).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private static void Limit(KestrelServerOptions kestrel, IPEndPoint endpoint)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
        kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(100, TimeSpan.FromSeconds(5));
        kestrel.Limits.Http2.MaxStreamsPerConnection = 32;
        kestrel.Listen(endpoint);
    }
}
