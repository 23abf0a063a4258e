using System.Text;

namespace Outrider.Core.Tracing;

/// <summary>
/// Writes the steps of machines as the lines that a protocol model is held against (docs/internals/traces.md). A step
/// must be written from within the host's own event loop, right after the state changed: a state put together later,
/// from several threads, belongs to no moment of the run.
/// </summary>
/// <param name="line">Takes each finished line, without its line end.</param>
public sealed class ModelTrace(Action<string> line)
{
    private long seq;

    /// <summary>Number of steps written.</summary>
    public long Steps => seq;

    /// <summary>Writes the first line.</summary>
    /// <param name="model">Directory name of the model, such as <c>sealed-stream</c>.</param>
    /// <param name="sizes">Number of hosts in each of the model's groups.</param>
    /// <param name="constants">What is known of the hosts' constants: by group, one value a host.</param>
    public void Begin(
        string model, IReadOnlyList<(string Group, int Count)> sizes,
        IReadOnlyList<(string Group, IReadOnlyList<TraceValue> Hosts)>? constants = null)
    {
        Check.That(seq == 0, "a trace begins before its first step");
        var text = new StringBuilder("{\"format\":\"outrider.trace/1\",\"model\":");
        TraceValue.Text(model).WriteTo(text);
        text.Append(",\"sizes\":");
        TraceValue.Fields([.. sizes.Select(s => (s.Group, TraceValue.Number(s.Count)))]).WriteTo(text);
        if (constants != null)
        {
            text.Append(",\"constants\":");
            TraceValue.Fields([.. constants.Select(c => (c.Group, TraceValue.List([.. c.Hosts])))]).WriteTo(text);
        }

        line(text.Append('}').ToString());
    }

    /// <summary>Writes one step.</summary>
    /// <param name="group">The model's group of hosts.</param>
    /// <param name="index">Index of the host in it, from 0.</param>
    /// <param name="step">The transition's name, or null to leave it open.</param>
    /// <param name="received">The message that caused the step, or null.</param>
    /// <param name="sent">The message sent, or null.</param>
    /// <param name="state">Fields of the host after the step; leave out what is not at hand.</param>
    public void Step(
        string group, int index, string? step, TraceValue? received, TraceValue? sent,
        params (string Field, TraceValue Value)[] state)
    {
        Check.That(index >= 0, "host indices count from 0");
        seq++;
        var text = new StringBuilder("{\"seq\":").Append(seq).Append(",\"kind\":");
        TraceValue.Text(group).WriteTo(text);
        text.Append(",\"idx\":").Append(index);
        if (step != null)
        {
            text.Append(",\"step\":");
            TraceValue.Text(step).WriteTo(text);
        }

        if (received != null)
        {
            text.Append(",\"recv\":");
            received.WriteTo(text);
        }

        if (sent != null)
        {
            text.Append(",\"send\":[");
            sent.WriteTo(text);
            text.Append(']');
        }

        if (state.Length > 0)
        {
            text.Append(",\"state\":");
            TraceValue.Fields(state).WriteTo(text);
        }

        line(text.Append('}').ToString());
    }
}
