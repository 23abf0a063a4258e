using System.Diagnostics.Metrics;

namespace Outrider.Runtime;

/// <summary>
/// The instruments of this layer. Names are the Prometheus names less the prefix; labels are bounded (node, peer,
/// reason), never a key or a client.
/// </summary>
public static class RuntimeMeters
{
    public const string MeterName = "Outrider";

    public static readonly Meter Meter = new(MeterName);

    internal static readonly Counter<long> Steps =
        Meter.CreateCounter<long>("outrider_pump_steps_total", null, "Events handled by a node's machine.");

    internal static readonly Counter<long> Turns =
        Meter.CreateCounter<long>("outrider_pump_turns_total", null, "Turns of a node's pump.");

    internal static readonly Histogram<double> TurnSeconds =
        Meter.CreateHistogram<double>("outrider_pump_turn_seconds", "s", "How long one turn of the pump took.");

    internal static readonly Histogram<double> SyncSeconds =
        Meter.CreateHistogram<double>("outrider_disk_sync_seconds", "s", "How long one sync of the journal took.");

    internal static readonly Counter<long> DiskFailures =
        Meter.CreateCounter<long>("outrider_disk_failures_total", null, "Writes or syncs that the disk refused.");

    internal static readonly Counter<long> FramesSent =
        Meter.CreateCounter<long>("outrider_link_frames_sent_total", null, "Frames given to the network.");

    internal static readonly Counter<long> BytesSent =
        Meter.CreateCounter<long>("outrider_link_sent_bytes_total", "By", "Bytes given to the network.");

    internal static readonly Counter<long> FramesReceived =
        Meter.CreateCounter<long>("outrider_link_frames_received_total", null, "Frames taken from the network.");

    internal static readonly Counter<long> BytesReceived =
        Meter.CreateCounter<long>("outrider_link_received_bytes_total", "By", "Bytes taken from the network.");

    internal static readonly Counter<long> FramesDropped = Meter.CreateCounter<long>(
        "outrider_link_frames_dropped_total", null, "Frames dropped before sending: full queue, partition, no link.");

    internal static readonly Counter<long> LinksRefused = Meter.CreateCounter<long>(
        "outrider_link_refused_total", null, "Incoming links closed for a reason: handshake, malformed, limit.");

    internal static readonly Histogram<double> LinkRttSeconds = Meter.CreateHistogram<double>(
        "outrider_link_rtt_seconds", "s", "Round trip of a ping on a link between nodes.");

    internal static readonly Histogram<double> ControlSeconds = Meter.CreateHistogram<double>(
        "outrider_control_call_seconds", "s", "How long a call to the control plane took.");

    internal static readonly Counter<long> ControlUnknown = Meter.CreateCounter<long>(
        "outrider_control_unknown_total", null, "Calls to the control plane whose outcome stayed unknown.");

    internal static KeyValuePair<string, object?> Node(string name) => new("node", name);
    internal static KeyValuePair<string, object?> Peer(string name) => new("peer", name);
    internal static KeyValuePair<string, object?> Reason(string name) => new("reason", name);
}
