using System.Buffers;

namespace Outrider.Tests.Fuzz;

/// <summary>Bytes as a pipe hands them over: one sequence of several memories.</summary>
internal static class Pieces
{
    public static ReadOnlySequence<byte> Of(Draw draw, byte[] bytes, int from, int to)
    {
        if (draw.Chance(0.3)) return new(bytes, from, to - from);
        var first = new Segment(bytes.AsMemory(from, Math.Min(1, to - from)), 0);
        var last = first;
        for (var at = from + first.Memory.Length; at < to;)
        {
            var length = 1 + draw.Below(Math.Min(20, to - at));
            last = last.Append(bytes.AsMemory(at, length));
            at += length;
        }

        return new(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long at) => (Memory, RunningIndex) = (memory, at);

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
