using System.Text.Json;
using Outrider.Proofs.Verify;

namespace Outrider.Proofs.Proving;

/// <summary>A verification report for programs.</summary>
internal static class ReportJson
{
    public static void Write(TextWriter to, VerifyReport report, Action<Utf8JsonWriter>? more)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("verdict", report.Proved ? "proved" : "failed");
            more?.Invoke(json);
            json.WriteNumber("declarationCount", report.Obligations.Count);
            json.WriteNumber("openCount", report.Open.Count());
            json.WriteNumber("cachedCount", report.CachedCount);
            json.WriteNumber("processorTimeMs", report.CpuMs);
            if (report.Failure != null)
            {
                json.WriteString("failure", report.Failure);
            }

            json.WriteStartArray("errors");
            foreach (var e in report.Errors)
            {
                json.WriteStartObject();
                json.WriteString("file", e.File);
                json.WriteNumber("line", e.Line);
                json.WriteNumber("column", e.Column);
                json.WriteString("message", e.Message);
                json.WriteStartArray("related");
                foreach (var r in e.Related)
                {
                    json.WriteStringValue(r);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("brittle");
            foreach (var b in report.Brittle)
            {
                json.WriteStartObject();
                json.WriteString("symbol", b.Symbol);
                json.WriteBoolean("fails", b.Fails);
                json.WriteNumber("leastResourceCount", b.LeastResourceCount);
                json.WriteNumber("mostResourceCount", b.MostResourceCount);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            WriteObligations(json, report);
            json.WriteEndObject();
        }

        to.WriteLine(System.Text.Encoding.UTF8.GetString(memory.ToArray()));
    }

    private static void WriteObligations(Utf8JsonWriter json, VerifyReport report)
    {
        json.WriteStartArray("declarations");
        foreach (var o in report.Obligations)
        {
            json.WriteStartObject();
            json.WriteString("file", o.File);
            json.WriteString("symbol", o.Symbol);
            json.WriteString("outcome", o.Outcome switch
            {
                ObligationOutcome.Correct => "proved",
                ObligationOutcome.OutOfResource => "outOfResource",
                ObligationOutcome.Crashed => "crashed",
                _ => "failed",
            });
            json.WriteNumber("resourceCount", o.ResourceCount);
            json.WriteBoolean("cached", o.Cached);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
