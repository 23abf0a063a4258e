using Microsoft.Extensions.Hosting;

namespace Outrider.Server.Http;

/// <summary>
/// Leaves the signals of the process alone. The usual lifetime of a web application takes them for itself: a program
/// that embeds this server would no longer end when it is told to.
/// </summary>
internal sealed class EmbeddedLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
