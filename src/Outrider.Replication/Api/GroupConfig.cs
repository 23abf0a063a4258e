using Outrider.Core;

namespace Outrider.Replication;

public enum QuorumPolicy : byte
{
    /// <summary>More than half of the members make a commit.</summary>
    Majority = 1,
    /// <summary>Every member makes a commit; one member is then enough to seal.</summary>
    All = 2,
}

/// <summary>The members of one term and what a commit takes among them.</summary>
public sealed class GroupConfig : IEquatable<GroupConfig>
{
    /// <param name="members">One to <see cref="Limits.MembersMax"/> nodes, in any order, each once.</param>
    /// <param name="policy">What a commit takes.</param>
    public GroupConfig(IEnumerable<NodeId> members, QuorumPolicy policy)
    {
        var sorted = members.ToArray();
        Array.Sort(sorted);
        Check.That(sorted.Length is > 0 and <= Limits.MembersMax);
        for (var i = 1; i < sorted.Length; i++) Check.That(sorted[i - 1] != sorted[i]);
        Members = sorted;
        Policy = policy;
    }

    /// <summary>Ascending.</summary>
    public IReadOnlyList<NodeId> Members { get; }

    public QuorumPolicy Policy { get; }

    public int Count => Members.Count;

    /// <summary>How many members make a commit.</summary>
    public int CommitQuorum => Policy == QuorumPolicy.All ? Count : Count / 2 + 1;

    /// <summary>How many members meet every possible commit quorum.</summary>
    public int SealQuorum => Count - CommitQuorum + 1;

    public bool Contains(NodeId node)
    {
        for (var i = 0; i < Members.Count; i++)
            if (Members[i] == node) return true;
        return false;
    }

    public GroupConfig Without(NodeId node) => new(Members.Where(member => member != node), Policy);

    public GroupConfig With(NodeId node) => new(Members.Append(node), Policy);

    public bool Equals(GroupConfig? other) =>
        other is not null && other.Policy == Policy && other.Members.SequenceEqual(Members);

    public override bool Equals(object? obj) => Equals(obj as GroupConfig);

    public override int GetHashCode() => Count * 31 + Members[0].Value;

    public override string ToString() => $"{Policy}({string.Join(',', Members)})";
}

/// <summary>A configuration that has counted since its leader activated it.</summary>
public sealed record ActiveConfig(Term Term, GroupConfig Config);
