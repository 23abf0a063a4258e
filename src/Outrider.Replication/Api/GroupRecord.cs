using Outrider.Core;

namespace Outrider.Replication;

/// <summary>
/// What the control plane holds of a group; written by compare-and-set only. It says who leads in which term and which
/// configurations may have committed something since the last opened term.
/// </summary>
/// <param name="Term">The newest term; 0 before the first leader.</param>
/// <param name="Leader">Who leads it.</param>
/// <param name="LeaderLife">In which incarnation: no other may act on the term.</param>
/// <param name="Attempt">Drawn anew for each proposal, so that a leader recognizes its own after an unknown outcome.
/// </param>
/// <param name="Proposed">The configuration of the term; counts once activated.</param>
/// <param name="OpenedTerm">The newest term whose seal is known to be committed in all streams.</param>
/// <param name="Active">Configurations that may have committed something: that of the opened term first.</param>
/// <param name="Full">The members wanted; under policy all the configuration may be smaller for a time.</param>
/// <param name="Learners">Copies that count in no quorum.</param>
/// <param name="Streams">Streams 1 to this number exist from birth.</param>
/// <param name="MinCopies">The least number of members of any configuration.</param>
/// <param name="IsFixed">Only the leader of the first term, in that incarnation, ever leads; others only close.</param>
/// <param name="IsClosed">Nothing is ever appended again; the leader of the term is the node that closes.</param>
public sealed record GroupRecord(
    Term Term,
    NodeId Leader,
    Incarnation LeaderLife,
    long Attempt,
    GroupConfig Proposed,
    Term OpenedTerm,
    IReadOnlyList<ActiveConfig> Active,
    GroupConfig Full,
    IReadOnlyList<NodeId> Learners,
    int Streams,
    int MinCopies,
    bool IsFixed,
    bool IsClosed)
{
    private const byte FormatVersion = 1;
    private const int ActiveMax = 1024;

    /// <summary>The configuration that counts and was activated last.</summary>
    public GroupConfig Newest => Active[^1].Config;

    public static string Key(GroupId group) => $"groups/{group.Value}";

    /// <summary>False when the key is not of a group's record.</summary>
    public static bool TryParseKey(string key, out GroupId group)
    {
        const string prefix = "groups/";
        group = default;
        if (!key.StartsWith(prefix, StringComparison.Ordinal)) return false;
        if (!long.TryParse(key.AsSpan(prefix.Length), out var number)) return false;
        group = new GroupId(number);
        return true;
    }

    internal static GroupRecord Born(GroupBirth birth) => new(
        Term.Zero, NodeId.None, default, 0, birth.Config, Term.Zero, [new(Term.Zero, birth.Config)], birth.Config, [],
        birth.Streams, birth.MinCopies, !birth.FixedLeader.IsNone, IsClosed: false);

    /// <summary>The record with a new term; nothing but the proposal changes.</summary>
    internal GroupRecord Propose(NodeId leader, Incarnation life, long attempt, GroupConfig config) => this with
    {
        Term = Term.Next(),
        Leader = leader,
        LeaderLife = life,
        Attempt = attempt,
        Proposed = config,
    };

    internal GroupRecord Activate() => this with { Active = [.. Active, new(Term, Proposed)] };

    internal GroupRecord Open() => this with { OpenedTerm = Term, Active = [new(Term, Proposed)] };

    public byte[] Encode()
    {
        var writer = new WireWriter();
        writer.Byte(FormatVersion);
        writer.VarInt(Term.Value);
        writer.VarInt(Leader.Value);
        writer.VarInt(LeaderLife.Value);
        writer.Int64(Attempt);
        Wire.Write(writer, Proposed);
        writer.VarInt(OpenedTerm.Value);
        writer.VarInt(Active.Count);
        foreach (var active in Active)
        {
            writer.VarInt(active.Term.Value);
            Wire.Write(writer, active.Config);
        }

        Wire.Write(writer, Full);
        Wire.Write(writer, Learners);
        writer.VarInt(Streams);
        writer.VarInt(MinCopies);
        writer.Bool(IsFixed);
        writer.Bool(IsClosed);
        return writer.ToArray();
    }

    /// <summary>Null for bytes that are not a record of this format.</summary>
    public static GroupRecord? Decode(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        if (!reader.Byte(out var version) || version != FormatVersion) return null;
        if (!reader.VarInt(out var term) || !reader.VarInt(out var leader) || !reader.VarInt(out var life)) return null;
        if (!reader.Int64(out var attempt) || !Wire.Read(ref reader, out GroupConfig? proposed)) return null;
        if (!reader.VarInt(out var opened) || !reader.Count(out var count, ActiveMax, bytesEach: 3)) return null;
        if (count == 0) return null;
        var active = new ActiveConfig[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.VarInt(out var activeTerm) || !Wire.Read(ref reader, out GroupConfig? config)) return null;
            active[i] = new ActiveConfig(new Term(activeTerm), config);
        }

        if (!Wire.Read(ref reader, out GroupConfig? full) || !Wire.Read(ref reader, out NodeId[] learners)) return null;
        if (!reader.VarInt(out var streams) || streams is < 0 or >= Limits.StreamsMax) return null;
        if (!reader.VarInt(out var minCopies) || minCopies is < 0 or > Limits.MembersMax) return null;
        if (!reader.Bool(out var isFixed) || !reader.Bool(out var isClosed) || reader.Left != 0) return null;
        return new GroupRecord(
            new Term(term), new NodeId((int)leader), new Incarnation(life), attempt, proposed, new Term(opened), active,
            full, learners, (int)streams, (int)minCopies, isFixed, isClosed);
    }

    /// <summary>Lists do not compare by content in records; this does, through the one written form.</summary>
    public bool Equals(GroupRecord? other) => other is not null && Encode().AsSpan().SequenceEqual(other.Encode());

    public override int GetHashCode() => (int)Term.Value * 31 + Leader.Value;
}
