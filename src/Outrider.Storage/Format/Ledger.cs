using Outrider.Core;

namespace Outrider.Storage;

/// <summary>
/// What one group commit did to a stream: enough to say what is lost when its batches are unreadable.
/// </summary>
/// <param name="Commit">The group commit.</param>
/// <param name="Stream">The stream; for the state of a group, <see cref="OfState"/>.</param>
/// <param name="Count">Records of the stream in it.</param>
/// <param name="Lowest">Lowest index whose content may have changed.</param>
/// <param name="Last">The stream's last index after it.</param>
internal readonly record struct LedgerLine(long Commit, StreamKey Stream, int Count, long Lowest, long Last)
{
    public const int Bytes = 40;

    /// <summary>Stands where a stream would for the state records of a group.</summary>
    public static readonly StreamId OfState = new(-1);
}

/// <summary>
/// The state a group had after a commit, repeated whole: a lost promise could not be repaired from peers.
/// </summary>
internal sealed record LedgerState(long Commit, GroupId Group, bool Dropped, ReadOnlyMemory<byte> State);

/// <summary>
/// The ledger: stands in the first batch of a group commit and describes the two before it, in other blocks than
/// they stand in, so that one bad block never hides both a record and the news of whose record it was.
/// </summary>
internal sealed record Ledger(IReadOnlyList<LedgerLine> Lines, IReadOnlyList<LedgerState> States)
{
    public static readonly Ledger Empty = new([], []);

    public void Write(WireWriter writer)
    {
        writer.UInt32((uint)Lines.Count);
        writer.UInt32((uint)States.Count);
        for (var i = 0; i < Lines.Count; i++)
        {
            var line = Lines[i];
            writer.Int64(line.Commit);
            writer.Int64(line.Stream.Group.Value);
            writer.UInt32((uint)line.Stream.Stream.Value);
            writer.UInt32((uint)line.Count);
            writer.Int64(line.Lowest);
            writer.Int64(line.Last);
        }

        for (var i = 0; i < States.Count; i++)
        {
            writer.Int64(States[i].Commit);
            writer.Int64(States[i].Group.Value);
            writer.Bool(States[i].Dropped);
            writer.Bytes(States[i].State.Span);
        }
    }

    /// <summary>Null for malformed bytes.</summary>
    public static Ledger? Read(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        if (!reader.UInt32(out var lineCount) || !reader.UInt32(out var stateCount)) return null;
        if ((ulong)lineCount * LedgerLine.Bytes > (ulong)reader.Left) return null;
        var lines = new LedgerLine[lineCount];
        for (var i = 0; i < lines.Length; i++)
        {
            if (!reader.Int64(out var commit) || !reader.Int64(out var group)) return null;
            if (!reader.UInt32(out var stream) || !reader.UInt32(out var count)) return null;
            if (!reader.Int64(out var lowest) || !reader.Int64(out var last)) return null;
            lines[i] = new(commit, new(new(group), new((int)stream)), (int)count, lowest, last);
        }

        if ((ulong)stateCount * 18 > (ulong)reader.Left) return null;
        var states = new LedgerState[stateCount];
        for (var i = 0; i < states.Length; i++)
        {
            if (!reader.Int64(out var commit) || !reader.Int64(out var group)) return null;
            if (!reader.Bool(out var dropped) || !reader.Bytes(out var state, int.MaxValue)) return null;
            states[i] = new(commit, new(group), dropped, state.ToArray());
        }

        return reader.Left == 0 ? new(lines, states) : null;
    }
}
