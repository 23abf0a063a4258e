using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Outrider.Server.Http;

/// <summary>
/// The console: files of this assembly, and what they show beside <c>/status</c>. It asks nothing of any other host,
/// and its policy lets it ask nothing.
/// </summary>
internal static class ConsoleApi
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly SortedDictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        ["index.html"] = "text/html; charset=utf-8",
        ["app.js"] = "text/javascript; charset=utf-8",
        ["app.css"] = "text/css; charset=utf-8",
        ["uplot.js"] = "text/javascript; charset=utf-8",
        ["uplot.css"] = "text/css; charset=utf-8",
        ["icon.svg"] = "image/svg+xml",
    };

    public static void Map(WebApplication app, IClusterControl cluster)
    {
        app.MapGet("/", (HttpResponse response) => File(response, "index.html"));
        app.MapGet("/console/feed", async (CancellationToken stop) =>
            Answers.Ok(await cluster.FeedAsync(stop).ConfigureAwait(false)));
        app.MapGet("/console/{file}", (string file, HttpResponse response) => File(response, file));
    }

    private static IResult File(HttpResponse response, string file)
    {
        if (!Types.TryGetValue(file, out var type))
            return Answers.Error(StatusCodes.Status404NotFound, $"the console has no file '{file}'");
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.CacheControl = "no-cache";
        return Results.Stream(typeof(ConsoleApi).Assembly.GetManifestResourceStream("console/" + file)!, type);
    }
}
