using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Outrider.Server.Http;

/// <summary><c>/livez</c>, <c>/readyz[?verbose]</c>, <c>/metrics</c>, <c>/status</c>: open to whoever reaches the
/// port.</summary>
internal static class HealthApi
{
    public static void Map(WebApplication app, IClusterControl cluster)
    {
        app.MapGet("/livez", () => cluster.LivenessProblem() is { } problem
            ? Results.Text(problem + "\n", statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Text("ok\n"));
        app.MapGet("/readyz", (HttpRequest request, CancellationToken stop) =>
            ReadyAsync(cluster, request.Query.ContainsKey("verbose"), stop));
        app.MapGet("/metrics", () => Results.Text(cluster.Metrics(), "text/plain; version=0.0.4"));
        app.MapGet("/status", async (CancellationToken stop) =>
            Answers.Ok(await cluster.StatusAsync(stop).ConfigureAwait(false)));
    }

    private static async Task<IResult> ReadyAsync(IClusterControl cluster, bool verbose, CancellationToken stop)
    {
        var checks = await cluster.ReadinessAsync(stop).ConfigureAwait(false);
        var ready = checks.All(check => check.Problem is null);
        var text = verbose || !ready
            ? string.Concat(checks.Select(check => check.Problem is null
                ? $"[+]{check.Check} ok\n" : $"[-]{check.Check}: {check.Problem}\n"))
            : "ok\n";
        return Results.Text(text, statusCode: ready ? StatusCodes.Status200OK
            : StatusCodes.Status503ServiceUnavailable);
    }
}
