namespace Outrider.Log;

/// <summary>
/// Trims what is older, or more, than the log is to keep: an ordinary trim, asked for by whoever leads the order, which
/// consumer groups hold back like any other.
/// </summary>
/// <remarks>
/// Every node notes by its own clock where the log ended when, so that a new leader need not begin anew; how many bytes
/// came is known to the leader alone, since it began. What is not known is kept.
/// </remarks>
internal sealed class Retention(LogContext context, Gateway gateway)
{
    private const int SamplesPerSpan = 64;
    private const long PauseMicros = 1_000_000;
    private readonly Marks _byTime = new(
        context.Options.RetentionMicros / (context.Has(LogBugs.RetainTooLittle) ? 2 : 1));
    private OrderingLeader? _leader;
    private Marks _bySize = new(context.Options.RetentionBytes);
    private long _notBefore;
    private bool _busy;

    /// <summary>Trims of this node's own that took something.</summary>
    public long Trims { get; private set; }

    /// <summary>The consumer group that kept the last one from going as far as it should; null: none.</summary>
    public string? HeldBy { get; private set; }

    public void Tick(OrderingLeader? leader)
    {
        var tail = context.State.TailPosition;
        _byTime.Note(context.NowMicros, tail);
        if (leader != _leader) _bySize = new(context.Options.RetentionBytes);
        _leader = leader;
        if (leader is null) return;
        _bySize.Note(leader.Bytes, tail);
        var (old, many) = (_byTime.Beyond(context.NowMicros), _bySize.Beyond(leader.Bytes));
        var below = old > many ? old : many;
        if (_busy || context.NowMicros < _notBefore || below <= context.State.Trimmed) return;
        _busy = true;
        _notBefore = context.NowMicros + PauseMicros;
        var before = context.State.Trimmed;
        var trim = new LogTrim(below, Force: context.Has(LogBugs.RetainPastGroups));
        new TrimJob(context, gateway, trim, reply => Done(reply, before)).Run();
    }

    private void Done(LogReply reply, Position before)
    {
        _busy = false;
        if (reply is not LogReply.Trimmed trimmed) return;
        if (trimmed.Below > before) Trims++;
        HeldBy = trimmed.HeldBy;
    }

    /// <summary>Where the log ended at some values of a growing measure, as far back as a span of it.</summary>
    private sealed class Marks(long span)
    {
        private readonly Queue<(long At, Position End)> _marks = new();
        private long _last = long.MinValue / 2;

        public void Note(long at, Position end)
        {
            if (span == 0 || at - _last < span / SamplesPerSpan) return;
            _last = at;
            _marks.Enqueue((at, end));
        }

        /// <summary>The newest end noted at least the span ago; the beginning if there is none.</summary>
        public Position Beyond(long now)
        {
            var beyond = default(Position);
            while (_marks.TryPeek(out var mark) && now - mark.At >= span)
            {
                beyond = mark.End;
                if (_marks.Count == 1 || now - _marks.ElementAt(1).At < span) break;
                _marks.Dequeue();
            }

            return beyond;
        }
    }
}
