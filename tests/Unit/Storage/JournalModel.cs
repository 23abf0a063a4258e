using System.Globalization;
using System.Text;
using Outrider.Core;

namespace Outrider.Tests.Unit.Storage;

/// <summary>What a journal must hold after a run of records: the plainest code that can say it.</summary>
public sealed class JournalModel
{
    private readonly SortedDictionary<long, ModelGroup> _groups = [];

    public sealed class ModelStream
    {
        public StreamBase Base { get; set; } = StreamBase.Empty;
        public SortedDictionary<long, Entry> Entries { get; } = [];
        public long End => Entries.Count > 0 ? Entries.Keys.Last() : Base.Index.Value;
    }

    public sealed class ModelGroup
    {
        public byte[] State { get; set; } = [];
        public SortedDictionary<int, ModelStream> Streams { get; } = [];
    }

    public ModelStream Stream(StreamKey key)
    {
        var group = Group(key.Group);
        if (!group.Streams.TryGetValue(key.Stream.Value, out var stream))
            group.Streams[key.Stream.Value] = stream = new();
        return stream;
    }

    public IEnumerable<StreamKey> Keys =>
        _groups.SelectMany(g => g.Value.Streams.Keys.Select(s => new StreamKey(new(g.Key), new(s))));

    public IEnumerable<(long Group, byte[] State)> States() => _groups.Select(g => (g.Key, g.Value.State));

    public void Apply(JournalRecord record)
    {
        switch (record)
        {
            case JournalRecord.Append append:
                foreach (var entry in append.Entries) Stream(append.Stream).Entries[entry.Index.Value] = entry;
                break;
            case JournalRecord.Truncate truncate:
                RemoveWhere(Stream(truncate.Stream), index => index >= truncate.From.Value);
                break;
            case JournalRecord.SetBase set:
                var stream = Stream(set.Stream);
                stream.Base = set.Base;
                RemoveWhere(stream, index => !set.KeepSuffix || index <= set.Base.Index.Value);
                break;
            case JournalRecord.SaveState save: Group(save.Group).State = save.State.ToArray(); break;
            case JournalRecord.DropGroup drop: _groups.Remove(drop.Group.Value); break;
            default: throw Check.Unreachable(record);
        }
    }

    public string Fingerprint()
    {
        var text = new StringBuilder();
        foreach (var (id, group) in _groups)
        {
            AppendGroup(text, id, group.State);
            foreach (var (number, stream) in group.Streams)
                AppendStream(text, id, number, stream.Base, stream.End, stream.Entries.Values);
        }

        return text.ToString();
    }

    /// <summary>The same for what recovery found; each stream is read to its end.</summary>
    public static string FingerprintOf(Recovered recovered)
    {
        var text = new StringBuilder();
        foreach (var group in recovered.Groups)
        {
            AppendGroup(text, group.Group.Value, group.State.Span);
            foreach (var stream in group.Streams)
                AppendStream(
                    text, group.Group.Value, stream.Stream.Value, stream.Base, stream.LastIndex.Value, stream.Entries);
        }

        return text.ToString();
    }

    private ModelGroup Group(GroupId id)
    {
        if (!_groups.TryGetValue(id.Value, out var group)) _groups[id.Value] = group = new();
        return group;
    }

    private static void RemoveWhere(ModelStream stream, Func<long, bool> gone)
    {
        foreach (var index in stream.Entries.Keys.Where(gone).ToArray()) stream.Entries.Remove(index);
    }

    // A group or stream that holds nothing is the same as none: its last record may have gone with its segment.
    private static void AppendGroup(StringBuilder text, long id, ReadOnlySpan<byte> state)
    {
        if (state.Length == 0) return;
        text.Append(CultureInfo.InvariantCulture, $"g{id} {Convert.ToHexString(state)}\n");
    }

    private static void AppendStream(
        StringBuilder text, long group, int number, StreamBase start, long end, IEnumerable<Entry> entries)
    {
        if (start == StreamBase.Empty && end == 0) return;
        text.Append(CultureInfo.InvariantCulture, $" g{group}/s{number} base ");
        text.Append(CultureInfo.InvariantCulture, $"{start.Index}@{start.Term}+{start.EndSlot} ");
        text.Append(CultureInfo.InvariantCulture, $"{Crc32C.Of(start.Snapshot.Span)} ");
        text.Append(CultureInfo.InvariantCulture, $"{start.TermStarts.Count} end {end}");
        foreach (var entry in entries)
            text.Append(CultureInfo.InvariantCulture, $" {entry}:{Crc32C.Of(entry.Payload.Span):x}");
        text.Append('\n');
    }
}
