using System.Collections.Immutable;
using Outrider.Core;

namespace Outrider.Log;

/// <summary>The whole state as bytes.</summary>
public static class GroupSnapshot
{
    public static byte[] Write(ConsumerGroups state, GroupBugs bugs = GroupBugs.None)
    {
        var writer = new WireWriter(4096);
        writer.VarInt(state.Groups.Count);
        foreach (var (name, group) in state.Groups)
        {
            writer.Text(name);
            WriteGroup(writer, group, bugs);
        }

        WriteBatches(writer, state);
        return writer.ToArray();
    }

    /// <summary>The state as records of its stream: one batch, however large.</summary>
    internal static List<RecordDraft> Records(string stream, ConsumerGroups state, GroupBugs bugs = GroupBugs.None)
    {
        state.CheckInvariants();
        var bytes = Write(state, bugs);
        var of = Math.Max(1, (bytes.Length + GroupCodec.ChunkBytes - 1) / GroupCodec.ChunkBytes);
        var chunks = new List<RecordDraft>();
        for (var at = 0; at < of; at++)
        {
            var start = at * GroupCodec.ChunkBytes;
            var part = bytes.AsSpan(start, Math.Min(GroupCodec.ChunkBytes, bytes.Length - start));
            chunks.Add(new(stream, GroupCodec.EncodeChunk(state.Ordinal, at, of, part), default, 0));
        }

        return chunks;
    }

    /// <summary>Null for bytes of another form.</summary>
    public static ConsumerGroups? Read(long ordinal, ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        if (!reader.Count(out var count, ConsumerGroups.GroupsMax, 8)) return null;
        var groups = ConsumerGroups.Empty.Groups.ToBuilder();
        for (var i = 0; i < count; i++)
        {
            if (!GroupCodec.Name(ref reader, out var name) || ReadGroup(ref reader) is not { } group) return null;
            groups[name] = group;
        }

        if (reader.Left > 0 && !ReadBatches(ref reader, groups)) return null;
        return reader.Left == 0 ? new(ordinal, groups.ToImmutable()) : null;
    }

    /// <summary>At the end, and only if there are any: what earlier builds wrote has none.</summary>
    private static void WriteBatches(WireWriter writer, ConsumerGroups state)
    {
        var any = false;
        foreach (var (_, group) in state.Groups)
            foreach (var (number, letter) in group.Dead) any |= letter.First != number;
        if (!any) return;
        foreach (var (_, group) in state.Groups)
            foreach (var (number, letter) in group.Dead) writer.VarInt(number - letter.First);
    }

    private static bool ReadBatches(
        ref WireReader reader, ImmutableSortedDictionary<string, ConsumerGroup>.Builder groups)
    {
        foreach (var (name, group) in groups.ToImmutable())
        {
            var dead = group.Dead.ToBuilder();
            foreach (var (number, letter) in group.Dead)
            {
                if (!reader.VarInt(out var back) || back < 0 || back > number) return false;
                dead[number] = letter with { First = number - back };
            }

            groups[name] = group with { Dead = dead.ToImmutable() };
        }

        return true;
    }

    private static void WriteGroup(WireWriter writer, ConsumerGroup group, GroupBugs bugs)
    {
        writer.VarInt(group.Born);
        writer.VarInt(group.Next.Value);
        GroupCodec.WriteOptional(writer, group.Read);
        GroupCodec.WritePolicy(writer, group.Policy);
        writer.VarInt(group.LastLetter);
        writer.VarInt(group.Consumers.Count);
        var numbers = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var (name, consumer) in group.Consumers)
        {
            numbers.Add(name, numbers.Count);
            writer.Text(name);
            writer.VarInt(consumer.SeenMs);
            writer.VarInt(consumer.ActiveMs);
        }

        writer.VarInt(group.Pending.Count);
        foreach (var (position, claim) in group.Pending)
        {
            writer.VarInt(position.Value);
            writer.VarInt(numbers[claim.Consumer]);
            writer.VarInt(claim.DeliveredMs);
            writer.VarInt(bugs.HasFlag(GroupBugs.SnapshotWithoutCounts) ? 1 : claim.Deliveries);
            writer.VarInt(claim.Generation);
        }

        writer.VarInt(group.Dead.Count);
        foreach (var (number, letter) in group.Dead)
        {
            writer.VarInt(number);
            writer.VarInt(letter.Position.Value);
            writer.Text(letter.Consumer);
            writer.VarInt(letter.Deliveries);
        }
    }

    private static ConsumerGroup? ReadGroup(ref WireReader reader)
    {
        if (!reader.VarInt(out var born) || !reader.VarInt(out var next)
            || !GroupCodec.ReadOptional(ref reader, out var read) || GroupCodec.ReadPolicy(ref reader) is not { } policy
            || !reader.VarInt(out var lastLetter)) return null;
        var group = ConsumerGroup.Of(born, new(next), read, policy);
        var names = new List<string>();
        if (ReadConsumers(ref reader, group, names) is not { } consumers
            || ReadPending(ref reader, group, names) is not { } pending
            || ReadDead(ref reader, group) is not { } dead) return null;
        return group with { Consumers = consumers, Pending = pending, Dead = dead, LastLetter = lastLetter };
    }

    private static ImmutableSortedDictionary<string, GroupConsumer>? ReadConsumers(
        ref WireReader reader, ConsumerGroup group, List<string> names)
    {
        if (!reader.Count(out var count, ConsumerGroups.ConsumersMax, 3)) return null;
        var consumers = group.Consumers.ToBuilder();
        for (var i = 0; i < count; i++)
        {
            if (!GroupCodec.Name(ref reader, out var name) || !reader.VarInt(out var seen)
                || !reader.VarInt(out var active)) return null;
            names.Add(name);
            consumers[name] = new(seen, active);
        }

        return consumers.ToImmutable();
    }

    private static ImmutableSortedDictionary<Position, Claim>? ReadPending(
        ref WireReader reader, ConsumerGroup group, List<string> names)
    {
        if (!reader.Count(out var count, 2 * ConsumerGroups.PendingMax, 5)) return null;
        var pending = group.Pending.ToBuilder();
        for (var i = 0; i < count; i++)
        {
            if (!reader.VarInt(out var position) || !reader.VarInt(out var who) || who < 0 || who >= names.Count
                || !reader.VarInt(out var ms) || !reader.VarInt(out var deliveries)
                || deliveries is < 0 or > int.MaxValue || !reader.VarInt(out var generation)) return null;
            pending[new(position)] = new(names[(int)who], ms, (int)deliveries, generation);
        }

        return pending.ToImmutable();
    }

    private static ImmutableSortedDictionary<long, DeadLetter>? ReadDead(ref WireReader reader, ConsumerGroup group)
    {
        if (!reader.Count(out var count, 2 * ConsumerGroups.PendingMax, 4)) return null;
        var dead = group.Dead.ToBuilder();
        for (var i = 0; i < count; i++)
        {
            if (!reader.VarInt(out var number) || !reader.VarInt(out var position)
                || !GroupCodec.Name(ref reader, out var consumer) || !reader.VarInt(out var deliveries)
                || deliveries is < 0 or > int.MaxValue) return null;
            dead[number] = new(new(position), consumer, (int)deliveries, number);
        }

        return dead.ToImmutable();
    }
}
