using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// Answers reads by key at a node that serves the key's shard, once its index covers what the asking node has already
/// shown.
/// </summary>
internal sealed class KeyServer(LogContext context, Fetcher fetcher, Func<ShardId, ShardIndex?> indexOf)
{
    private const int RecordsMax = 1 << 14;
    private const int BytesMax = 8 << 20;
    private readonly Queue<(NodeId From, Forwarded Ask, long Micros)> _waiting = new();

    public void Open(NodeId from, Forwarded forwarded) => _waiting.Enqueue((from, forwarded, context.NowMicros));

    public void Advance()
    {
        for (var left = _waiting.Count; left > 0; left--)
        {
            var (from, forwarded, since) = _waiting.Dequeue();
            var key = forwarded.Ask switch
            {
                KeyRead read => read.Key,
                KeyInfo info => info.Key,
                _ => throw Check.Unreachable(forwarded.Ask),
            };
            if (indexOf(context.Topology.Home(key).Shard) is not { } index)
                context.Send(from, new ForwardedReply(forwarded.Number, null));
            else if ((index.Covered >= forwarded.MinTail || context.Has(LogBugs.AnswerBeforeIndexed))
                && context.State.Opened) Answer(from, forwarded, index);
            // Whoever asked has asked somebody else by now.
            else if (context.NowMicros - since < context.Options.DeadlineMicros)
                _waiting.Enqueue((from, forwarded, since));
        }
    }

    private void Answer(NodeId from, Forwarded forwarded, ShardIndex index)
    {
        if (forwarded.Ask is KeyInfo info)
        {
            context.Send(from, new ForwardedReply(forwarded.Number, index.Info(info.Key)));
            return;
        }

        var read = (KeyRead)forwarded.Ask;
        var most = Math.Clamp(read.MaxRecords, 0, RecordsMax);
        var trimmed = context.State.Trimmed;
        var positions = index.Range(read with { From = read.From < trimmed ? trimmed : read.From }, most);
        new ReadJob(context, fetcher, new(positions, default, default), Math.Max(1, most), BytesMax, job =>
        {
            // What a trim takes out of a full page meanwhile must not make it look like the last one.
            if (!job.Stuck && positions.Count == most && job.Records.Count < most && context.State.Trimmed > trimmed)
            {
                Answer(from, forwarded, index);
                return;
            }

            var next = read.Descending || job.Records.Count == 0 ? read.From : job.Records[^1].Position.Next();
            context.Send(from, new ForwardedReply(forwarded.Number, job.Stuck
                ? null
                : new LogReply.Records(job.Records, Certainty.Confirmed, next, context.State.View)));
        }).Run();
    }
}
