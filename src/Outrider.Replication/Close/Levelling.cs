using Outrider.Core;

namespace Outrider.Replication;

/// <summary>A copy as its closer knows it.</summary>
internal sealed class Copy(NodeId node)
{
    public NodeId Node { get; } = node;

    /// <summary>Its answer to the seal; null before it, and after it was given up.</summary>
    public SealAck? Ack { get; set; }

    public long HeardMicros { get; set; }

    /// <summary>Proven equal to the source up to here.</summary>
    public LogIndex Match { get; set; }

    /// <summary>Of that, on its disk.</summary>
    public LogIndex Fsync { get; set; }

    public StreamTail Tail(StreamId stream) =>
        Ack?.Find(stream) ?? new StreamTail(stream, LogIndex.Zero, 0, LogIndex.Zero, []);
}

/// <summary>Brings sealed copies of one stream to the longest of them, a chunk at a time, until it is on their disks.
/// </summary>
internal sealed class Levelling
{
    private readonly GroupContext _context;
    private readonly Term _term;
    private readonly StreamId _stream;
    private readonly Copy _source;
    private readonly StreamTail _target;
    private readonly IReadOnlyList<Copy> _copies;
    private long _askedMicros;

    public Levelling(GroupContext context, Term term, StreamId stream, Copy source, IReadOnlyList<Copy> copies)
    {
        _context = context;
        _term = term;
        _stream = stream;
        _source = source;
        _target = source.Tail(stream);
        _copies = copies;
    }

    public bool IsDone
    {
        get
        {
            foreach (var copy in _copies)
                if (copy.Ack is not null && !IsLevel(copy)) return false;
            return true;
        }
    }

    /// <summary>The seal's answer came from disk, so a copy as long as the source is level from the start.</summary>
    public bool IsLevel(Copy copy)
    {
        if (copy.Ack is null) return false;
        var tail = copy.Tail(_stream);
        return copy == _source || copy.Fsync >= _target.Last
            || (tail.Last == _target.Last && tail.LastTerm == _target.LastTerm);
    }

    public void Begin(Effects effects)
    {
        foreach (var copy in _copies)
        {
            if (copy.Ack is null || IsLevel(copy)) continue;
            var tail = copy.Tail(_stream);
            var agreed = TermTable.Agree(tail.Terms, tail.Last, _target.Terms, _target.Last);
            copy.Match = LogIndex.Max(copy.Match, agreed);
        }

        Ask(effects);
    }

    public void Tick(Effects effects)
    {
        if (_context.NowMicros - _askedMicros >= _context.Options.RetryMicros) Ask(effects);
    }

    public void OnFetchAck(Copy from, FetchAck ack, Effects effects)
    {
        if (from != _source) return;
        var end = ack.Prev.Plus(ack.Entries.Count);
        foreach (var copy in _copies)
        {
            if (copy.Ack is null || IsLevel(copy)) continue;
            if (ack.Base is { } value && copy.Match < value.Index)
                effects.Send(copy.Node, new Install(_context.Id, _term, _stream, value));
            else if (copy.Match < ack.Prev || copy.Match > end)
                continue;
            var part = new AppendPart(_stream, ack.Prev, ack.PrevTerm, LogIndex.Zero, LogIndex.Zero, ack.Entries);
            effects.Send(copy.Node, new Append(_context.Id, _term, copy.Ack.Life, [part]));
        }
    }

    public void OnAppendAck(Copy copy, AppendAck ack, Effects effects)
    {
        if (copy.Ack is null || ack.Life < copy.Ack.Life) return;
        var lowest = Lowest();
        foreach (var part in ack.Parts)
        {
            if (part.Stream != _stream) continue;
            if (part.Refused is not null)
                copy.Match = TermTable.Agree(part.Terms, part.Last, _target.Terms, _target.Last);
            else
                copy.Match = LogIndex.Max(copy.Match, part.Memory);
            copy.Fsync = LogIndex.Max(copy.Fsync, part.Fsync);
        }

        // The slowest copy has the last chunk: the next one may come.
        if (Lowest() > lowest) Ask(effects);
    }

    private LogIndex Lowest()
    {
        var lowest = _target.Last;
        foreach (var copy in _copies)
            if (copy.Ack is not null && !IsLevel(copy)) lowest = LogIndex.Min(lowest, copy.Match);
        return lowest;
    }

    private void Ask(Effects effects)
    {
        _askedMicros = _context.NowMicros;
        if (IsDone) return;
        // At the end nothing is left to fetch, but an empty append still asks whether all is on disk.
        var from = LogIndex.Min(Lowest().Next(), _target.Last);
        if (from < new LogIndex(1)) from = new LogIndex(1);
        effects.Send(_source.Node, new Fetch(_context.Id, _term, _stream, from, _context.Options.AppendBytes));
    }
}
