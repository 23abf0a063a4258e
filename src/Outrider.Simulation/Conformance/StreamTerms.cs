using Outrider.Core;
using Outrider.Core.Tracing;
using Outrider.Replication;

namespace Outrider.Simulation;

/// <summary>An entry as the model of the sealed stream has it.</summary>
internal readonly record struct ModelEntry(long Term, bool IsSeal)
{
    public static ModelEntry Of(Entry entry) => new(entry.Term.Value, entry.Kind == EntryKind.Seal);

    public TraceValue Value => TraceValue.Of(IsSeal ? "Seal" : "Record", ("term", TraceValue.Number(Term)));
}

/// <summary>How values of replication are written in the words of <c>models/sealed-stream</c>.</summary>
internal static class StreamTerms
{
    public static TraceValue Id(NodeId node) => TraceValue.Number(node.Value - 1);

    public static TraceValue Set(GroupConfig config) => TraceValue.List([.. config.Members.Select(Id)]);

    public static TraceValue Sets(IReadOnlyList<ActiveConfig> active) =>
        TraceValue.List([.. active.Select(a => Set(a.Config))]);

    /// <summary>A sequence of which the length and the last element are known.</summary>
    public static TraceValue Ending(long length, ModelEntry? last) => last is { } entry && length > 0
        ? TraceValue.Fields(("length", TraceValue.Number(length)), ("last", entry.Value))
        : TraceValue.Fields(("length", TraceValue.Number(length)));

    public static TraceValue Ending(IReadOnlyList<ModelEntry> entries) =>
        Ending(entries.Count, entries.Count > 0 ? entries[^1] : null);

    /// <summary>The first entry of a term is its seal.</summary>
    public static TraceValue Ending(StreamTail? tail) => tail is { Terms: [.., var last] }
        ? Ending(tail.Last.Value, new ModelEntry(last.Term.Value, last.First == tail.Last))
        : Ending(0, null);

    public static TraceValue Whole(IReadOnlyList<ModelEntry> entries) =>
        TraceValue.List([.. entries.Select(e => e.Value)]);

    /// <summary>The first entry of a term is its seal, so terms alone tell what a trimmed part held.</summary>
    public static List<ModelEntry> Prefix(StreamBase value)
    {
        var entries = new List<ModelEntry>();
        for (var i = 0; i < value.TermStarts.Count; i++)
        {
            var end = i + 1 < value.TermStarts.Count ? value.TermStarts[i + 1].First.Value : value.Index.Value + 1;
            while (entries.Count + 1 < end && entries.Count < value.Index.Value)
                entries.Add(new ModelEntry(
                    value.TermStarts[i].Term.Value, entries.Count + 1 == value.TermStarts[i].First.Value));
        }

        return entries;
    }

    public static TraceValue Close(NodeId closer, Term term) =>
        TraceValue.Of("Close", ("closer", Id(closer)), ("term", TraceValue.Number(term.Value)));

    public static TraceValue Tail(NodeId holder, Term term, StreamTail? tail) => TraceValue.Of(
        "Tail", ("holder", Id(holder)), ("term", TraceValue.Number(term.Value)),
        ("stream", Ending(tail?.Last.Value ?? 0, null)));

    public static TraceValue Entries(NodeId writer, Term term, long prev, long length) => TraceValue.Of(
        "Append", ("writer", Id(writer)), ("term", TraceValue.Number(term.Value)), ("prev", TraceValue.Number(prev)),
        ("stream", Ending(length, null)));

    public static TraceValue Ack(NodeId holder, Term term, LogIndex length) => TraceValue.Of(
        "Ack", ("holder", Id(holder)), ("term", TraceValue.Number(term.Value)),
        ("length", TraceValue.Number(length.Value)));

    /// <summary>The promise in the state that a member saves; see its writer in replication.</summary>
    public static long Promised(ReadOnlyMemory<byte> state)
    {
        var reader = new WireReader(state);
        return reader.Byte(out _) && reader.VarInt(out var promised) ? promised : 0;
    }
}
