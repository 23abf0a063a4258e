using Outrider.Core;

namespace Outrider.Replication;

internal enum DedupAnswer : byte
{
    /// <summary>Not in the stream: append it.</summary>
    New = 1,
    Known,
    /// <summary>Below what is remembered of this producer.</summary>
    Stale,
    /// <summary>A producer that is not remembered, and not at its beginning.</summary>
    UnknownProducer,
}

/// <summary>
/// Where the latest sequences of each producer stand. It follows the stream exactly: entries add to it, truncation
/// takes out of it, the base holds a copy, so that a retry finds its original whoever leads.
/// </summary>
internal sealed class DedupTable
{
    /// <summary>Sequences remembered of one producer: more than a client keeps in flight.</summary>
    public const int WindowMax = 256;

    private const byte FormatVersion = 1;
    private const int EncodedBytesMax = 3 << 20;

    private readonly Dictionary<ProducerId, Window> _windows = [];
    private readonly List<Window> _ordered = [];
    private readonly Queue<Trace> _undecided = new();

    public int Count => _ordered.Count;

    public DedupAnswer Find(ProducerId producer, long sequence, out LogIndex index)
    {
        index = LogIndex.Zero;
        if (!_windows.TryGetValue(producer, out var window))
            return sequence is > 0 and <= WindowMax ? DedupAnswer.New : DedupAnswer.UnknownProducer;
        if (sequence > window.Highest) return DedupAnswer.New;
        for (var i = window.Items.Count - 1; i >= 0; i--)
        {
            var item = window.Items[i];
            if (item.Sequence == sequence)
            {
                index = item.Index;
                return DedupAnswer.Known;
            }
        }

        return sequence > window.Floor ? DedupAnswer.New : DedupAnswer.Stale;
    }

    public void Add(ProducerId producer, long sequence, LogIndex index)
    {
        if (producer.IsNone) return;
        if (!_windows.TryGetValue(producer, out var window))
        {
            if (_ordered.Count >= Limits.ProducersMax) ForgetOldest();
            window = new Window(producer, floor: 0);
            _windows.Add(producer, window);
            _ordered.Add(window);
        }

        window.Add(sequence, index);
        _undecided.Enqueue(new Trace(producer, sequence, index));
    }

    /// <summary>Entries up to here will never be truncated.</summary>
    public void Decide(LogIndex upTo)
    {
        while (_undecided.Count > 0 && _undecided.Peek().Index <= upTo) _undecided.Dequeue();
    }

    public void TruncateFrom(LogIndex from)
    {
        for (var left = _undecided.Count; left > 0; left--)
        {
            var trace = _undecided.Dequeue();
            if (trace.Index < from) _undecided.Enqueue(trace);
            else if (_windows.TryGetValue(trace.Producer, out var window)) window.Remove(trace.Index);
        }
    }

    public void Reset(ReadOnlyMemory<byte> encoded) => Check.That(TryReset(encoded));

    /// <summary>False for malformed bytes; the table is then of no use.</summary>
    public bool TryReset(ReadOnlyMemory<byte> encoded)
    {
        _windows.Clear();
        _ordered.Clear();
        _undecided.Clear();
        return encoded.Length == 0 || TryDecode(encoded);
    }

    /// <summary>What the entries up to an index say. Oldest items give way when it would grow too large.</summary>
    public byte[] EncodeUpTo(LogIndex upTo)
    {
        var items = 0L;
        foreach (var window in _ordered) items += window.Items.Count;
        var isLarge = items * 20 > EncodedBytesMax;
        var perWindow = isLarge ? Math.Max(1, EncodedBytesMax / 20 / _ordered.Count) : int.MaxValue;
        var writer = new WireWriter();
        writer.Byte(FormatVersion);
        writer.VarInt(_ordered.Count);
        foreach (var window in _ordered)
        {
            var skip = Math.Max(0, window.CountUpTo(upTo) - perWindow);
            window.Encode(writer, upTo, skip);
        }

        return writer.ToArray();
    }

    private bool TryDecode(ReadOnlyMemory<byte> encoded)
    {
        var reader = new WireReader(encoded);
        if (!reader.Byte(out var version) || version != FormatVersion) return false;
        if (!reader.Count(out var count, Limits.ProducersMax, bytesEach: 10)) return false;
        for (var i = 0; i < count; i++)
        {
            if (!reader.UInt64(out var producer) || !reader.VarInt(out var floor)) return false;
            if (!reader.Count(out var items, WindowMax, bytesEach: 2)) return false;
            var window = new Window(new ProducerId(producer), floor);
            for (var k = 0; k < items; k++)
            {
                if (!reader.VarInt(out var sequence) || !reader.VarInt(out var index)) return false;
                window.Add(sequence, new LogIndex(index));
            }

            // A producer that appears only above the index leaves no trace in the base.
            if (items == 0 && floor == 0) continue;
            if (!_windows.TryAdd(window.Producer, window)) return false;
            _ordered.Add(window);
        }

        return reader.Left == 0;
    }

    /// <summary>A tenth at a time, those that wrote longest ago: each sweep pays for many appends.</summary>
    private void ForgetOldest()
    {
        _ordered.Sort(static (a, b) => a.LastIndex != b.LastIndex
            ? a.LastIndex.CompareTo(b.LastIndex)
            : a.Producer.CompareTo(b.Producer));
        var gone = _ordered.Count / 10;
        for (var i = 0; i < gone; i++) _windows.Remove(_ordered[i].Producer);
        _ordered.RemoveRange(0, gone);
    }

    private readonly record struct Trace(ProducerId Producer, long Sequence, LogIndex Index);

    private sealed class Window(ProducerId producer, long floor)
    {
        public ProducerId Producer { get; } = producer;

        /// <summary>Sequences at or below it and not listed can no longer be told apart.</summary>
        public long Floor { get; private set; } = floor;

        /// <summary>No sequence above it has been seen.</summary>
        public long Highest { get; private set; } = floor;

        /// <summary>In the order of the stream.</summary>
        public List<(long Sequence, LogIndex Index)> Items { get; } = [];

        public LogIndex LastIndex => Items.Count == 0 ? LogIndex.Zero : Items[^1].Index;

        public void Add(long sequence, LogIndex index)
        {
            if (Items.Count == WindowMax)
            {
                // Half at a time keeps the cost of an append constant.
                for (var i = 0; i < WindowMax / 2; i++) Floor = Math.Max(Floor, Items[i].Sequence);
                Items.RemoveRange(0, WindowMax / 2);
            }

            Items.Add((sequence, index));
            Highest = Math.Max(Highest, sequence);
        }

        public void Remove(LogIndex index)
        {
            for (var i = Items.Count - 1; i >= 0; i--)
                if (Items[i].Index == index) Items.RemoveAt(i);
        }

        public int CountUpTo(LogIndex upTo)
        {
            var count = 0;
            while (count < Items.Count && Items[count].Index <= upTo) count++;
            return count;
        }

        public void Encode(WireWriter writer, LogIndex upTo, int skip)
        {
            var count = CountUpTo(upTo);
            var floor = Floor;
            for (var i = 0; i < skip; i++) floor = Math.Max(floor, Items[i].Sequence);
            writer.UInt64(Producer.Value);
            writer.VarInt(floor);
            writer.VarInt(count - skip);
            for (var i = skip; i < count; i++)
            {
                writer.VarInt(Items[i].Sequence);
                writer.VarInt(Items[i].Index.Value);
            }
        }
    }
}
