using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Outrider.Server.Http;

/// <summary><c>/admin/…</c>: acts on nodes and on the links between them. Each act is one POST with a small
/// object.</summary>
internal static class AdminApi
{
    private static readonly string[] Verbs = ["kill", "pause", "resume", "restart", "add", "remove", "drain"];

    private sealed record LossAct(int? Rid, bool Yes, bool Force);

    private sealed record LinkAct(string? A, string? B, bool OneWay, double DelayMs);

    public static void Map(WebApplication app, IClusterControl cluster)
    {
        app.MapPost("/admin/nodes/{node}/{verb}", async (string node, string verb, HttpRequest request) =>
            Verbs.Contains(verb) ? await ActAsync(cluster, node, verb, request).ConfigureAwait(false)
                : Answers.Error(StatusCodes.Status404NotFound, $"no verb '{verb}': {string.Join(", ", Verbs)}"));
        app.MapGet("/admin/chaos", () => Answers.Ok(new { faults = cluster.Faults() }));
        app.MapPost("/admin/chaos/partition", (HttpRequest request) => LinkAsync(request,
            act => cluster.Partition(act.A!, act.B!, act.OneWay)));
        app.MapPost("/admin/chaos/delay", (HttpRequest request) => LinkAsync(request,
            act => act.DelayMs is > 0 and <= 60_000 ? cluster.Delay(act.A!, act.B!, act.DelayMs)
                : new ActOutcome.Refused("delayMs must be between 0 and 60000")));
        app.MapPost("/admin/chaos/heal", () => Answers.Of(cluster.Heal()));
        app.MapGet("/admin/log/missing", async (CancellationToken stop) =>
            await cluster.MissingAsync(stop).ConfigureAwait(false) is { } missing ? Answers.Ok(missing)
                : Answers.Error(StatusCodes.Status503ServiceUnavailable, "no node answers for the log"));
        app.MapPost("/admin/log/give-up", (HttpRequest request) => GiveUpAsync(cluster, request));
        app.MapGet("/admin/control", async (CancellationToken stop) =>
            Answers.Ok(await cluster.ControlPlaneAsync(stop).ConfigureAwait(false)));
    }

    private static async Task<IResult> ActAsync(IClusterControl cluster, string node, string verb, HttpRequest request)
    {
        if (await ReadAsync<NodeAct>(request).ConfigureAwait(false) is not { } act)
            return Answers.Error(StatusCodes.Status400BadRequest,
                "the body is no JSON object like {\"powerLoss\":false}");
        var outcome = await cluster.ActAsync(node, verb, act, request.HttpContext.RequestAborted)
            .ConfigureAwait(false);
        return Answers.Of(outcome);
    }

    private static async Task<IResult> GiveUpAsync(IClusterControl cluster, HttpRequest request)
    {
        if (await ReadAsync<LossAct>(request).ConfigureAwait(false) is not { Rid: >= 0 and { } rid, Yes: true } act)
            return Answers.Error(StatusCodes.Status400BadRequest,
                "the body must be like {\"rid\":7,\"yes\":true,\"force\":false}; GET /admin/log/missing tells which");
        return Answers.Of(await cluster.GiveUpAsync(rid, act.Force, request.HttpContext.RequestAborted)
            .ConfigureAwait(false));
    }

    private static async Task<IResult> LinkAsync(HttpRequest request, Func<LinkAct, ActOutcome> act)
    {
        var body = await ReadAsync<LinkAct>(request).ConfigureAwait(false);
        if (body is not { A.Length: > 0, B.Length: > 0 })
            return Answers.Error(StatusCodes.Status400BadRequest, "the body must be like {\"a\":\"eu\",\"b\":\"us\"}");
        return Answers.Of(act(body));
    }

    private static async Task<T?> ReadAsync<T>(HttpRequest request) where T : class
    {
        try
        {
            // Only JSON: a form that another site makes the browser send cannot have this type.
            if (!request.HasJsonContentType()) return null;
            return await request.ReadFromJsonAsync<T>(Answers.Json).ConfigureAwait(false);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
