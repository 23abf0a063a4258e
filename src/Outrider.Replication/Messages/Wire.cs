using System.Diagnostics.CodeAnalysis;
using Outrider.Core;

namespace Outrider.Replication;

/// <summary>The parts that several messages and records share, written and read by hand.</summary>
internal static class Wire
{
    public static void Write(WireWriter writer, IReadOnlyList<NodeId> nodes)
    {
        writer.VarInt(nodes.Count);
        for (var i = 0; i < nodes.Count; i++) writer.VarInt(nodes[i].Value);
    }

    public static bool Read(ref WireReader reader, out NodeId[] nodes)
    {
        nodes = [];
        if (!reader.Count(out var count, Limits.MembersMax * 4)) return false;
        nodes = new NodeId[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.VarInt(out var node) || node is <= 0 or > int.MaxValue) return false;
            nodes[i] = new NodeId((int)node);
        }

        return true;
    }

    public static void Write(WireWriter writer, GroupConfig config)
    {
        writer.Byte((byte)config.Policy);
        Write(writer, config.Members);
    }

    public static bool Read(ref WireReader reader, [NotNullWhen(true)] out GroupConfig? config)
    {
        config = null;
        if (!reader.Byte(out var policy) || policy is not (1 or 2)) return false;
        if (!Read(ref reader, out NodeId[] members) || members.Length is 0 or > Limits.MembersMax) return false;
        for (var i = 1; i < members.Length; i++)
            if (members[i - 1].CompareTo(members[i]) >= 0) return false;
        config = new GroupConfig(members, (QuorumPolicy)policy);
        return true;
    }
}
