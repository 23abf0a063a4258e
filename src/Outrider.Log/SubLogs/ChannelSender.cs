using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Sends a primary's entries to the nodes that read the tail, as soon as they may be seen. A reader that takes in too
/// little is not sent more; one that has fallen out of memory fetches instead.
/// </summary>
internal sealed class ChannelSender(LogContext context, SubLogPrimary primary)
{
    private const int EntriesPerMessage = 512;
    private readonly SortedTable<NodeId, Channel> _channels = [];
    private Lsn _sentUpTo;

    private sealed class Channel
    {
        public long At;
        public Lsn Taken;
        public long SentBytes;
        public long TakenBytes;
        public readonly Queue<(Lsn End, long Bytes)> Sent = new();
        public long HeardMicros;
    }

    public void OnAsk(NodeId from, ChannelAsk ask)
    {
        if (!_channels.TryGetValue(from, out var channel) || ask.Restart)
        {
            channel = new() { At = Find(ask.Next) };
            _channels[from] = channel;
        }

        channel.HeardMicros = context.NowMicros;
        channel.Taken = ask.Next;
        while (channel.Sent.TryPeek(out var sent) && sent.End <= ask.Next) channel.TakenBytes =
            channel.Sent.Dequeue().Bytes;
        _sentUpTo = default;
    }

    public void Tick()
    {
        List<NodeId>? gone = null;
        foreach (var (node, channel) in _channels)
            if (context.NowMicros - channel.HeardMicros > 20 * context.Options.HeartbeatMicros) (gone ??= []).Add(node);
        if (gone is null) return;
        foreach (var node in gone) _channels.Remove(node);
    }

    public void Advance()
    {
        if (_channels.Count == 0) return;
        var upTo = primary.Deliverable;
        if (upTo == _sentUpTo) return;
        _sentUpTo = upTo;
        foreach (var (node, channel) in _channels) Send(node, channel, upTo);
    }

    private void Send(NodeId node, Channel channel, Lsn upTo)
    {
        var placed = primary.Placed;
        if (channel.At < placed.First) channel.At = placed.First;
        while (channel.At < placed.End && placed[channel.At].Entry.First < upTo
            && channel.SentBytes - channel.TakenBytes < context.Options.ChannelBytes)
        {
            var entries = new List<SubEntry>();
            while (channel.At < placed.End && entries.Count < EntriesPerMessage)
            {
                ref var next = ref placed[channel.At];
                if (next.Entry.Slots > 0)
                {
                    // A batch is shown as a whole, once all of it may be seen.
                    if (next.Entry.End > upTo) break;
                    entries.Add(next.Entry);
                    channel.SentBytes += next.Entry.SizeBytes;
                }

                channel.At++;
            }

            if (entries.Count == 0) return;
            channel.Sent.Enqueue((entries[^1].End, channel.SentBytes));
            context.Send(node, new ChannelData(primary.Rid, entries));
        }
    }

    private long Find(Lsn lsn)
    {
        var placed = primary.Placed;
        var (low, high) = (placed.First, placed.End);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (placed[middle].Entry.End <= lsn) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
