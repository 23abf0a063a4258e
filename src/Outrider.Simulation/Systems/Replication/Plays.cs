using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Simulation;

/// <summary>
/// The shortest runs in which certain rules are needed at all: faults one after the other, each set off by what the
/// nodes have come to. Random faults hardly ever put them together in this order. With the rules in force each of them
/// ends well; whatever does not go as it should ends the play.
/// </summary>
internal sealed class Plays(World world, NodeFaults nodes, GroupId group, Rng rng)
{
    private const long Patience = 6_000_000;
    private const long Gone = 4_000_000;
    private const long SoonMicros = 10_000;

    /// <summary>Begins one of the plays; null when the group is in no state to begin it.</summary>
    public (string Name, IEnumerator<Cue> Play)? Draw()
    {
        var name = rng.Pick(Names);
        if (OpenAfter(Term.Zero) is not { Config.Count: 3 } leader) return null;
        var others = leader.Config.Members.Where(m => m != leader.Self && Copy(m) is not null).ToList();
        if (others.Count < 2 || !leader.Config.Contains(leader.Self)) return null;
        rng.Shuffle(others);
        var (old, a, b) = (leader.Self, others[0], others[1]);
        return name switch
        {
            "forgotten promise" => (name, ForgottenPromise(old, a, b).GetEnumerator()),
            "longer tail" => (name, LongerTail(old, a, b).GetEnumerator()),
            "old entry" => (name, OldEntry(old, a, b).GetEnumerator()),
            "newcomers" => (name, Newcomers(old).GetEnumerator()),
            "raised by an append" => (name, RaisedByAppend(old, a, b).GetEnumerator()),
            "late word" => (name, LateWord(old, a, b).GetEnumerator()),
            _ => throw Check.Unreachable(name),
        };
    }

    private static readonly string[] Names =
        ["forgotten promise", "longer tail", "old entry", "newcomers", "raised by an append", "late word"];

    /// <summary>
    /// One member has promised its word to a new leader, dies and is back when the old leader's entries reach it. If it
    /// takes them, the old leader commits what the new one does not know.
    /// </summary>
    private IEnumerable<Cue> ForgottenPromise(NodeId old, NodeId member, NodeId next)
    {
        var term = Copy(old)!.LeadingTerm;
        Silence(old);
        Cut(old, next);
        world.Network.Hold(old, member);
        MayNotPropose(member);
        var led = new Cue(() => Seals(next, term), Patience);
        yield return led;
        if (!led.Came || Copy(old) is not { } before) yield break;
        Cut(member, next);
        nodes.CrashFor(world.Node(member), CrashKind.KeepAll, SoonMicros, again: 0);
        var committed = before.Streams.Select(s => before.Stream(s).FsyncCommitted).ToList();
        var back = new Cue(() => Copy(member) is not null, Patience);
        yield return back;
        world.Network.LetGo(old, member);
        yield return new Cue(() => Committed(old, committed), 800_000);
        nodes.CrashFor(world.Node(old), CrashKind.KeepAll, Gone, again: 0);
        world.Network.HealAll();
        yield return new Cue(() => OpenAfter(term) is not null, Gone);
    }

    /// <summary>
    /// A leader that is cut off keeps taking entries while another term opens with fewer; then its leader dies, and the
    /// two logs meet: one is longer, the other newer.
    /// </summary>
    private IEnumerable<Cue> LongerTail(NodeId old, NodeId a, NodeId b)
    {
        var term = Copy(old)!.LeadingTerm;
        Silence(old);
        Cut(old, a);
        Cut(old, b);
        var opened = new Cue(() => OpenAfter(term) is not null, Patience);
        yield return opened;
        if (OpenAfter(term) is not { } next || Copy(old) is not { } longer) yield break;
        if (!longer.Streams.Any(s => longer.Stream(s).LastIndex > next.Stream(s).LastIndex)) yield break;
        var later = next.LeadingTerm;
        nodes.CrashFor(world.Node(next.Self), CrashKind.KeepAll, Gone, again: 0);
        world.Network.HealAll();
        world.Control.HealAll();
        yield return new Cue(() => OpenAfter(later) is not null, Gone);
    }

    /// <summary>
    /// An entry of an old term reaches a majority through a later leader, whose own seal does not (Ongaro's thesis,
    /// figure 3.7); a third node's seal of the term between stands in its place and is newer.
    /// </summary>
    private IEnumerable<Cue> OldEntry(NodeId old, NodeId a, NodeId b)
    {
        var term = Copy(old)!.LeadingTerm;
        Cut(old, a);
        Cut(old, b);
        var between = new Cue(() => Seals(a, term) || Seals(b, term), Patience);
        yield return between;
        if (!between.Came || Copy(old) is not { } keeper) yield break;
        var third = Seals(a, term) ? a : b;
        var witness = third == a ? b : a;
        var middle = Copy(third)!.LeadingTerm;
        var stream = keeper.Streams.FirstOrDefault(s => keeper.Stream(s).LastIndex > keeper.Stream(s).FsyncCommitted);
        if (stream == StreamId.Catalogue) yield break;
        var entry = keeper.Stream(stream).LastIndex;
        world.Network.HealAll();
        Cut(third, old);
        Cut(third, witness);
        MayNotPropose(witness);
        yield return new Cue(() => Copy(old)?.LeadingTerm > middle && Copy(witness)?.Promised > middle, Patience);
        world.Network.Hold(old, witness);
        var again = new Cue(() => Seals(old, middle), 1_000_000);
        yield return again;
        if (!again.Came) yield break;
        // The witness hears of the entry and of nothing behind it.
        var seen = new Cue(() => Copy(witness)?.Stream(stream).LastIndex >= entry, 2_000);
        while (!seen.Came && world.Network.LetOneGo(old, witness)) yield return seen;
        if (Copy(witness)?.Stream(stream).LastIndex != entry) yield break;
        yield return new Cue(() => Copy(old)?.Stream(stream).FsyncCommitted >= entry, 500_000);
        Cut(old, witness);
        nodes.CrashFor(world.Node(old), CrashKind.KeepAll, Gone, again: 0);
        world.Network.HealAll();
        yield return new Cue(() => OpenAfter(middle) is not null, Gone);
    }

    /// <summary>
    /// Two of three members are exchanged. One of the new ones has everything in memory when the term opens, then the
    /// power goes; the other one has never heard anything, and the members before do not count any more.
    /// </summary>
    private IEnumerable<Cue> Newcomers(NodeId old)
    {
        var leader = Copy(old)!;
        var term = leader.LeadingTerm;
        var spares = world.Nodes.Where(n => n.State == NodeState.Up && !leader.Config!.Contains(n.Id)).ToList();
        if (spares.Count < 2) yield break;
        rng.Shuffle(spares);
        var (full, empty) = (spares[0], spares[1]);
        foreach (var node in world.Nodes) Cut(empty.Id, node.Id);
        full.DiskSlowness = 400_000 / world.Swarm.SyncMeanMicros;
        List<NodeId> members = [old, full.Id, empty.Id];
        members.Sort();
        world.Ask(old, new ChangeMembersRequest(group, members, []), (_, _) => { });
        var opened = new Cue(() => HasOpened(term, full.Id), Patience);
        yield return opened;
        full.DiskSlowness = 1;
        if (!opened.Came) yield break;
        nodes.CrashFor(world.Node(old), CrashKind.KeepAll, Gone, again: 0);
        nodes.CrashFor(full, CrashKind.DropAll, SoonMicros, again: 0);
        world.Network.HealAll();
        yield return new Cue(() => OpenAfter(term) is { } later && later.Self != old, Gone);
    }

    /// <summary>
    /// A member learns of a term from an append, takes part in what the term acknowledges in memory, and loses it. That
    /// it had promised this term is all that tells that its memory is worth nothing.
    /// </summary>
    private IEnumerable<Cue> RaisedByAppend(NodeId old, NodeId a, NodeId b)
    {
        var term = Copy(old)!.LeadingTerm;
        var forgetful = world.Node(old);
        forgetful.DiskSlowness = 3_000_000 / world.Swarm.SyncMeanMicros;
        Cut(old, a);
        Cut(old, b);
        var opened = new Cue(() => HasOpened(term, a) || HasOpened(term, b), Patience);
        yield return opened;
        if (OpenAfter(term) is { } next)
        {
            var (leads, later) = (next.Self, next.LeadingTerm);
            world.Network.HealAll();
            Cut(leads == a ? b : a, leads);
            Cut(leads == a ? b : a, old);
            yield return new Cue(() => IsAheadInMemory(leads), 1_500_000);
            yield return new Cue(() => false, 300_000);
            forgetful.DiskSlowness = 1;
            nodes.CrashFor(world.Node(leads), CrashKind.KeepAll, Gone, again: 0);
            nodes.CrashFor(forgetful, CrashKind.DropAll, SoonMicros, again: 0);
            world.Network.HealAll();
            yield return new Cue(() => OpenAfter(later) is not null, Gone);
        }

        forgetful.DiskSlowness = 1;
    }

    /// <summary>
    /// What a member said of a term's entries reaches that term's leader when it leads a later term, with another entry
    /// in the same place.
    /// </summary>
    private IEnumerable<Cue> LateWord(NodeId old, NodeId member, NodeId other)
    {
        var leader = Copy(old)!;
        var term = leader.LeadingTerm;
        var forgetful = world.Node(old);
        forgetful.DiskSlowness = 3_000_000 / world.Swarm.SyncMeanMicros;
        Cut(other, old);
        Cut(other, member);
        world.Network.Hold(member, old);
        var ends = leader.Streams.Select(s => (Stream: s, leader.Stream(s).Synced)).ToList();
        bool IsOneAhead(StreamId stream, LogIndex synced) =>
            Copy(member)?.Stream(stream) is { } its && its.Synced == synced.Next() && its.LastIndex == its.Synced;
        var said = new Cue(() => ends.Any(e => IsOneAhead(e.Stream, e.Synced)), 2_000_000);
        yield return said;
        forgetful.DiskSlowness = 1;
        if (!said.Came) yield break;
        var (stream, end) = ends.First(e => IsOneAhead(e.Stream, e.Synced));
        nodes.CrashFor(forgetful, CrashKind.DropAll, SoonMicros, again: 0);
        world.Network.Cut(old, member);
        world.Network.Mend(other, old);
        world.Network.Mend(old, other);
        MayNotPropose(other);
        var again = new Cue(() => Seals(old, term), Patience);
        yield return again;
        if (!again.Came || Copy(old)!.Stream(stream).LastIndex != end.Next()) yield break;
        var later = Copy(old)!.LeadingTerm;
        world.Network.Cut(old, other);
        world.Network.LetGo(member, old);
        yield return new Cue(() => Copy(old)?.Stream(stream).FsyncCommitted > end, 500_000);
        nodes.CrashFor(forgetful, CrashKind.KeepAll, Gone, again: 0);
        world.Network.HealAll();
        yield return new Cue(() => OpenAfter(later) is not null, Gone);
    }

    private Group? Copy(NodeId node) =>
        world.Node(node) is { State: NodeState.Up, Machine: ReplicationNode machine }
            ? machine.Groups.FirstOrDefault(g => g.Id == group)
            : null;

    private Group? OpenAfter(Term term)
    {
        foreach (var node in world.Nodes)
            if (Copy(node.Id) is { IsOpen: true } copy && copy.LeadingTerm > term) return copy;
        return null;
    }

    /// <summary>It leads a later term and has put that term's seals into its log.</summary>
    private bool Seals(NodeId node, Term after)
    {
        if (Copy(node) is not { } copy || copy.LeadingTerm <= after) return false;
        var catalogue = copy.Stream(StreamId.Catalogue);
        return copy.TermAt(StreamId.Catalogue, catalogue.LastIndex) == copy.LeadingTerm;
    }

    /// <summary>A later term is open, with this node, and the record says so.</summary>
    private bool HasOpened(Term after, NodeId with)
    {
        if (OpenAfter(after) is not { } open || !open.Config!.Contains(with)) return false;
        var value = world.Control.Peek(GroupRecord.Key(group));
        return GroupRecord.Decode(value.Value) is { } record && record.OpenedTerm == open.LeadingTerm;
    }

    private bool Committed(NodeId node, List<LogIndex> before) =>
        Copy(node) is { } copy
        && copy.Streams.Where((s, i) => i < before.Count && copy.Stream(s).FsyncCommitted > before[i]).Any();

    private bool IsAheadInMemory(NodeId node) =>
        Copy(node) is { } copy
        && copy.Streams.Any(s => copy.Stream(s).MemoryCommitted > copy.Stream(s).FsyncCommitted);

    /// <summary>Hears nothing of the record and notices no silence, as a node on a slow machine.</summary>
    private void Silence(NodeId node)
    {
        world.Control.Away(node, world.NowMicros + Patience);
        world.Node(node).Clock.Jump(world.NowMicros, -2_000_000);
    }

    private void MayNotPropose(NodeId node) => world.Control.Away(node, world.NowMicros + Patience);

    private void Cut(NodeId one, NodeId other)
    {
        world.Network.Cut(one, other);
        world.Network.Cut(other, one);
    }
}
