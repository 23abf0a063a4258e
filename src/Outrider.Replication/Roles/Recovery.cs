using Outrider.Core;

namespace Outrider.Replication;

/// <summary>
/// The first half of a term: seals enough members to meet every commit quorum of every active configuration, takes for
/// each stream the tail with the highest (term of its last entry, length), and fetches what this node lacks of it.
/// </summary>
internal sealed class Recovery
{
    private readonly GroupContext _context;
    private readonly Member _member;
    private readonly GroupRecord _record;
    private readonly IReadOnlyList<Peer> _peers;
    private readonly List<Fetching> _fetches = [];
    private readonly long _startMicros;
    private bool _choseCatalogue;
    private bool _choseAll;

    public Recovery(GroupContext context, Member member, GroupRecord record, IReadOnlyList<Peer> peers)
    {
        _context = context;
        _member = member;
        _record = record;
        _peers = peers;
        _startMicros = context.NowMicros;
    }

    private Term Term => _record.Term;

    /// <summary>Memory-class entries of earlier terms may be missing from the chosen tails.</summary>
    public bool Loss { get; private set; }

    public bool IsDone => _choseAll && _fetches.Count == 0;

    /// <summary>Seals leave once this node's own promise is on disk.</summary>
    public void SendSeals(Effects effects)
    {
        foreach (var peer in _peers)
        {
            if (peer.Node == _context.Self || peer.Sealed is not null) continue;
            effects.SendOnceDurable(_member.PromiseToken, peer.Node, new Seal(_context.Id, Term));
        }
    }

    public void OnSealAck(Peer peer, SealAck ack, Effects effects)
    {
        if (_choseCatalogue) return;
        peer.Sealed = ack;
        effects.Observe("Gather", _context.Id, StreamId.Catalogue, peer.Node);
        Advance(effects);
    }

    public void Tick(Effects effects)
    {
        if (!_choseAll) SendSeals(effects);
        foreach (var fetch in _fetches)
            if (_context.NowMicros - fetch.AskedMicros >= _context.Options.RetryMicros) Ask(fetch, effects);
        Advance(effects);
    }

    /// <summary>Chooses and fetches as far as the answers allow: the catalogue first, for it names the streams.
    /// </summary>
    public void Advance(Effects effects)
    {
        if (!_choseCatalogue)
        {
            if (!Quorum.Seals(_context, _record.Active, Answered) || !DecideLoss()) return;
            _choseCatalogue = true;
            Choose(_member.FindOrCreate(StreamId.Catalogue), effects);
        }

        if (!_choseAll && _fetches.Count == 0)
        {
            _choseAll = true;
            foreach (var stream in StreamsOf(_member, _record))
                if (stream != StreamId.Catalogue) Choose(_member.FindOrCreate(stream), effects);
        }
    }

    public void OnFetchAck(Peer peer, FetchAck ack, Effects effects)
    {
        var fetch = _fetches.Find(candidate => candidate.Log.Id == ack.Stream);
        if (fetch is null || fetch.From != peer) return;
        if (ack.Life != peer.Sealed!.Life && !_context.Has(ReplicationBugs.FetchIgnoresLife))
        {
            StartOver(peer, effects);
            return;
        }

        var log = fetch.Log;
        var before = (log.Base.Index, log.Last, log.LastTerm);
        if (ack.Base is { } value) _member.InstallBase(log, value, effects);
        var entries = ack.Entries;
        if (_context.Has(ReplicationBugs.RestampEntries))
            entries = entries.Select(entry => entry with { Term = Term }).ToArray();
        _member.Adopt(log, ack.Prev, ack.PrevTerm, entries, effects);
        if (IsComplete(fetch) || (ack.Life != peer.Sealed!.Life && entries.Count == 0)) _fetches.Remove(fetch);
        // A repeated answer brings nothing new. Were each answered by another question, repetitions would multiply;
        // what is really missing is asked for again in time.
        else if (before != (log.Base.Index, log.Last, log.LastTerm)) Ask(fetch, effects);
        Advance(effects);
    }

    /// <summary>All streams of a group as its catalogue at this node says, ascending.</summary>
    public static SortedSet<StreamId> StreamsOf(Member member, GroupRecord record)
    {
        var streams = new SortedSet<StreamId> { StreamId.Catalogue };
        for (var i = 1; i <= record.Streams; i++) streams.Add(new StreamId(i));
        if (member.Find(StreamId.Catalogue) is { } catalogue)
            foreach (var created in catalogue.Created) streams.Add(created.Stream);
        return streams;
    }

    private bool Answered(NodeId node) => Find(node)?.Sealed is not null;

    private bool IsTrusted(NodeId node) =>
        Find(node)?.Sealed is { } ack
        && (ack.Taint < _record.OpenedTerm || _context.Has(ReplicationBugs.TaintIgnored));

    private Peer? Find(NodeId node)
    {
        foreach (var peer in _peers)
            if (peer.Node == node) return peer;
        return null;
    }

    /// <summary>
    /// False: go on waiting. Members that restarted uncleanly since the opened term may have forgotten entries that a
    /// memory quorum held; others that answer soon can make up for them.
    /// </summary>
    private bool DecideLoss()
    {
        Loss = !Quorum.Seals(_context, _record.Active, IsTrusted);
        if (!Loss || _context.NowMicros - _startMicros >= _context.Options.GraceMicros) return true;
        foreach (var peer in _peers)
            if (peer.Sealed is null) return false;
        return true;
    }

    private void Choose(StreamLog log, Effects effects)
    {
        Peer? best = null;
        var bestTerm = log.LastTerm;
        var bestLast = log.Last;
        foreach (var peer in _peers)
        {
            if (peer.Node == _context.Self || peer.Sealed?.Find(log.Id) is not { } tail) continue;
            if (_context.Has(ReplicationBugs.TailOwnOnly)) continue;
            var byTerm = _context.Has(ReplicationBugs.TailByLength) ? 0 : tail.LastTerm.CompareTo(bestTerm);
            if (byTerm < 0 || (byTerm == 0 && tail.Last <= bestLast)) continue;
            (best, bestTerm, bestLast) = (peer, tail.LastTerm, tail.Last);
        }

        effects.Observe("Choose", _context.Id, log.Id, best?.Node ?? _context.Self);
        if (best is null) return;
        var fetch = new Fetching(log, best, bestLast, bestTerm);
        _fetches.Add(fetch);
        Ask(fetch, effects);
    }

    private void Ask(Fetching fetch, Effects effects)
    {
        var tail = fetch.From.Sealed!.Find(fetch.Log.Id)!;
        var agreed = TermTable.Agree(fetch.Log.Terms.Starts, fetch.Log.Last, tail.Terms, tail.Last);
        var from = LogIndex.Max(agreed, fetch.Log.Base.Index).Next();
        fetch.AskedMicros = _context.NowMicros;
        var ask = new Fetch(_context.Id, Term, fetch.Log.Id, from, _context.Options.AppendBytes);
        effects.SendOnceDurable(_member.PromiseToken, fetch.From.Node, ask);
    }

    private bool IsComplete(Fetching fetch) =>
        fetch.Log.Last >= fetch.Target
        && (fetch.Log.TermAt(fetch.Target) == fetch.TargetTerm || _context.Has(ReplicationBugs.RestampEntries));

    /// <summary>The member has restarted since it answered: what it promised holds, what it listed may not.</summary>
    private void StartOver(Peer peer, Effects effects)
    {
        peer.Sealed = null;
        _fetches.Clear();
        _choseCatalogue = _choseAll = false;
        effects.Observe("Forget", _context.Id, StreamId.Catalogue, peer.Node);
        SendSeals(effects);
    }

    private sealed class Fetching(StreamLog log, Peer from, LogIndex target, Term targetTerm)
    {
        public StreamLog Log { get; } = log;
        public Peer From { get; } = from;
        public LogIndex Target { get; } = target;
        public Term TargetTerm { get; } = targetTerm;
        public long AskedMicros { get; set; }
    }
}
