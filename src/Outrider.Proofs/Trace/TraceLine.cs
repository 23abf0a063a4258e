using System.Text.Json;

namespace Outrider.Proofs.Trace;

/// <summary>One recorded step; see docs/internals/traces.md.</summary>
internal sealed record TraceLine(
    int Number, string Kind, int Index, string? Step, JsonElement? Received, IReadOnlyList<JsonElement> Sent,
    JsonElement? State)
{
    /// <exception cref="UsageException">The line is no step.</exception>
    public static TraceLine Parse(int number, string text)
    {
        try
        {
            var e = JsonDocument.Parse(text).RootElement;
            if (!e.TryGetProperty("kind", out var kind) || !e.TryGetProperty("idx", out var idx))
            {
                throw new UsageException($"line {number}: a step needs \"kind\" and \"idx\"");
            }

            JsonElement? recv = e.TryGetProperty("recv", out var r) && r.ValueKind != JsonValueKind.Null ? r : null;
            var sent = e.TryGetProperty("send", out var s) && s.ValueKind == JsonValueKind.Array
                ? s.EnumerateArray().ToArray()
                : [];
            return new TraceLine(
                number, kind.GetString()!, idx.GetInt32(),
                e.TryGetProperty("step", out var step) ? step.GetString() : null, recv, sent,
                e.TryGetProperty("state", out var state) ? state : null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new UsageException($"line {number} is no step of a trace: {e.Message}");
        }
    }
}
