using Outrider.Core;

namespace Outrider.Replication;

/// <summary>
/// Confirmed reads of a leader. A read waits for a round of probes sent after it, which a commit quorum has answered,
/// and for its index to be on disk at a commit quorum. One round serves all reads taken before it.
/// </summary>
internal sealed class ReadRounds
{
    private readonly List<Waiting> _waiting = [];
    private long _lastTicket;
    private long _sentMicros;

    /// <summary>The last round sent; 0 before the first.</summary>
    public long Round { get; private set; }

    public int Count => _waiting.Count;

    /// <summary>Some read waits for a round that has not been sent.</summary>
    public bool NeedsRound => _waiting.Count > 0 && _waiting[^1].Round > Round;

    public long Add(StreamLog log, LogIndex upTo, bool joinsLastRound)
    {
        // A round already out may have been answered before the read: only one sent later proves anything.
        var round = joinsLastRound && Round > 0 ? Round : Round + 1;
        _waiting.Add(new Waiting(++_lastTicket, round, log, upTo));
        return _lastTicket;
    }

    /// <summary>True if a round may leave now; otherwise after the returned delay.</summary>
    public bool TryBegin(long nowMicros, long lingerMicros, out long delayMicros)
    {
        delayMicros = Math.Max(0, _sentMicros + lingerMicros - nowMicros);
        if (Round > 0 && delayMicros > 0) return false;
        Round++;
        _sentMicros = nowMicros;
        return true;
    }

    /// <summary>Its owner hears of the end of the term; whoever reads after it starts anew.</summary>
    public void Clear() => _waiting.Clear();

    /// <summary>Lost probes or answers: asks again, for all that still wait.</summary>
    public bool IsOverdue(long nowMicros, long retryMicros) =>
        _waiting.Count > 0 && Round > 0 && nowMicros - _sentMicros >= retryMicros;

    public void Complete(long answeredRound, GroupContext context)
    {
        var kept = 0;
        for (var i = 0; i < _waiting.Count; i++)
        {
            var read = _waiting[i];
            if (read.Round <= answeredRound && read.Log.FsyncCommitted >= read.UpTo)
                context.Output(new GroupOutput.ReadConfirmed(read.Ticket, read.Log.Id, read.UpTo));
            else
                _waiting[kept++] = read;
        }

        _waiting.RemoveRange(kept, _waiting.Count - kept);
    }

    private readonly record struct Waiting(long Ticket, long Round, StreamLog Log, LogIndex UpTo);
}
