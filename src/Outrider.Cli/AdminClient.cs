using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Outrider.Cli;

/// <summary>What came of an admin call: a document, or an exit code with the sentence for the person.</summary>
internal abstract record AdminOutcome
{
    private AdminOutcome() { }

    public sealed record Ok(JsonElement Body) : AdminOutcome;

    public sealed record Failed(int ExitCode, string Message) : AdminOutcome;
}

/// <summary>Talks to the HTTP endpoint of a running cluster.</summary>
internal sealed class AdminClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _address;

    private AdminClient(string address, string? token)
    {
        _address = address.Contains("://", StringComparison.Ordinal) ? address : $"http://{address}";
        _http = new HttpClient { BaseAddress = new Uri(_address), Timeout = TimeSpan.FromSeconds(60) };
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        _http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
    }

    /// <summary>
    /// The cluster at <paramref name="address"/>, or the one that runs here; null with a message when there is none.
    /// </summary>
    public static AdminClient? Open(string? address, TextWriter talk)
    {
        var state = RunState.FindRunning(address);
        if (state is not null) return new AdminClient(state.Http, state.ReadToken());
        if (address is not null)
            return new AdminClient(address, Environment.GetEnvironmentVariable("OUTRIDER_ADMIN_TOKEN"));
        talk.WriteLine("No cluster runs here. Start one with `outrider up`, or say where it is with --at HOST:PORT.");
        return null;
    }

    public Task<AdminOutcome> GetAsync(string path, CancellationToken stop) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, path), stop);

    public Task<AdminOutcome> PostAsync(string path, object? body, CancellationToken stop) =>
        SendAsync(
            new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body ?? new { }) }, stop);

    public void Dispose() => _http.Dispose();

    private async Task<AdminOutcome> SendAsync(HttpRequestMessage request, CancellationToken stop)
    {
        try
        {
            using var response = await _http.SendAsync(request, stop);
            var text = await response.Content.ReadAsStringAsync(stop);
            if (!response.IsSuccessStatusCode) return Refused(response.StatusCode, text);
            using var document = JsonDocument.Parse(text.Length == 0 ? "{}" : text);
            return new AdminOutcome.Ok(document.RootElement.Clone());
        }
        catch (HttpRequestException e)
        {
            return new AdminOutcome.Failed(ExitCodes.CannotConnect,
                $"No node answers at {_address} ({e.HttpRequestError}). Is the cluster up? Try `outrider status`.");
        }
        catch (JsonException)
        {
            return new AdminOutcome.Failed(
                ExitCodes.Rejected, $"{_address} did not answer in JSON: is it an Outrider?");
        }
        catch (TaskCanceledException) when (!stop.IsCancellationRequested)
        {
            return new AdminOutcome.Failed(ExitCodes.Timeout, $"{_address} did not answer within 60 s.");
        }
    }

    private static AdminOutcome.Failed Refused(HttpStatusCode code, string text)
    {
        var message = text;
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("error", out var error))
            {
                message = error.ToString();
            }
        }
        catch (JsonException)
        {
            // Not ours to explain: the text goes out as it came.
        }

        return code switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new(ExitCodes.Rejected,
                $"The cluster refused the admin token ({(int)code}). Set OUTRIDER_ADMIN_TOKEN to the one in its data."),
            HttpStatusCode.NotFound => new(ExitCodes.Negative, message.Length > 0 ? message : "not found"),
            HttpStatusCode.GatewayTimeout => new(ExitCodes.Timeout, message),
            _ => new(ExitCodes.Rejected, message.Length > 0 ? message : $"refused with status {(int)code}"),
        };
    }
}
