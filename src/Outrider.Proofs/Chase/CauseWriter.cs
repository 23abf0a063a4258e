using Outrider.Proofs.Generate;
using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Chase;

/// <summary>Follows facts back: to the transition that wrote, the message it received, the sender's state.</summary>
internal sealed class CauseWriter(
    ProtocolModel model, Vocabulary words, IReadOnlyList<(string Name, IReadOnlyList<HostKind> Kinds)> indices,
    int maxDepth, SetRules rules, Func<int> next)
{
    private readonly HashSet<string> followed = new(StringComparer.Ordinal);

    /// <summary>Follows facts one within the other; sets come last, when all to compare is named.</summary>
    public void Follow(IReadOnlyList<Fact> facts, List<ProofNode> into)
    {
        var sizes = new List<SizeFact>();
        var inner = into;
        foreach (var fact in facts.SelectMany(WithParts))
        {
            inner = FollowOne(fact, inner, 1, sizes) ?? inner;
        }

        FollowSizes(sizes, inner, 1);
    }

    /// <summary>A state of a certain constructor has that constructor's fields: each has a cause.</summary>
    private static IEnumerable<Fact> WithParts(Fact fact) => fact.Path is [var test] && test.EndsWith('?')
        ? Atom.Of(fact.Point.Host).Where(a => a.Fields[0].In.Contains(test[..^1]))
            .Select(a => (Fact)new ValueFact(fact.Point, a.Fields[0].Path)).Append(fact)
        : [fact];

    /// <summary>Answers the block in which the cause is known, or null when there is none to follow.</summary>
    private List<ProofNode>? FollowOne(Fact fact, List<ProofNode> into, int depth, List<SizeFact> sizes)
    {
        if (fact is SizeFact size)
        {
            sizes.Add(size);
            return null;
        }

        var atom = Atom.Of(fact.Point.Host)
            .FirstOrDefault(a => a.Fields.Any(f => Field.Overlap(f.Path, fact.Path)));
        if (atom == null || depth > maxDepth)
        {
            return null;
        }

        var args = Arguments(atom, fact);
        if (args == null && fact is ElementFact)
        {
            atom = FieldCause.Of(atom, atom.Fields.First(f => Field.Overlap(f.Path, fact.Path)));
            args = Arguments(atom, fact);
        }

        if (args == null)
        {
            return null;
        }

        var where = $"c, v, {fact.Point.At}, {fact.Point.Idx}{string.Concat(args.Select(a => ", " + a))}";
        if (!followed.Add(words.StemOf(atom) + where))
        {
            return null;
        }

        var present = atom.Fields[0].PresentIn(fact.Point.State) is { } p ? p + " && " : "";
        var group = new ProofNode(
            $"if {Vocabulary.InRange(fact.Point.Host, fact.Point.Idx)} && {present}"
            + $"{words.StemOf(atom)}WitnessCondition({where})",
            true);
        into.Add(group);
        Cause(atom, fact.Point, where, group.Inside, depth, sizes);
        return group.Inside;
    }

    /// <summary>The field's own value, or the element; null when a witness needs what is not at hand.</summary>
    private List<string>? Arguments(Atom atom, Fact fact)
    {
        var args = new List<string>();
        foreach (var field in atom.Fields)
        {
            var term = $"{fact.Point.State}.{field.Name}";
            var witness = Witness.Of(model.Program, field.Type);
            if (witness is InnerWitness inner)
            {
                witness = inner.Rest;
            }

            switch (witness)
            {
                case ValueWitness:
                    args.Add(term);
                    break;
                case ElementWitness when fact is ElementFact e && Field.Overlap(field.Path, fact.Path):
                    args.Add(e.Element);
                    break;
                default:
                    return null;
            }
        }

        return args;
    }

    private void Cause(
        Atom atom, Point point, string where, List<ProofNode> into, int depth, List<SizeFact> sizes)
    {
        var n = next();
        var j = "j" + n;
        var stem = words.StemOf(atom);
        string inMsg, outMsg;
        if (atom.NamesMessage)
        {
            inMsg = "inMsg" + n;
            outMsg = "outMsg" + n;
            var outs = atom.Writers.Any(w => w.Sends) ? $"{j}, {inMsg}, {outMsg}" : $"{j}, {inMsg}";
            into.Add(new ProofNode($"var {outs} := {stem}StepSkolemization({where});", false));
        }
        else
        {
            inMsg = $"msgOps{n}.recv.value";
            outMsg = $"msgOps{n}.send.value";
            into.Add(new ProofNode($"var {j}, step{n}, msgOps{n} := {stem}StepSkolemization({where});", false));
        }

        var before = new Point(point.Host, point.Idx, j);
        foreach (var writer in atom.Writers)
        {
            Monotonic(writer, before, into);
            var target = into;
            if (atom.Writers.Count > 1)
            {
                var whole = !writer.Quotable || (writer.Callable && writer.Roles.Contains(Role.MsgOps));
                if (whole && atom.NamesMessage)
                {
                    continue;
                }

                var guard = atom.NamesMessage ? ""
                    : (writer.Receives ? $"msgOps{n}.recv.Some? && " : "")
                        + (writer.Sends ? $"msgOps{n}.send.Some? && " : "");
                var taken = writer.Callable && !whole ? guard + Call(writer, before, inMsg, outMsg)
                    : writer.OfSteps("step" + n);
                var branch = new ProofNode($"if {taken}", true);
                into.Add(branch);
                target = branch.Inside;
            }

            // One writer: its sets may be compared with others outside; of several none is known to be the one.
            var own = atom.Writers.Count > 1 ? [] : sizes;
            if (Chosen(writer, before, inMsg, outMsg, $"{n}").Count > 0)
            {
                var all = writer.Extras.Where(e => e.Role == Role.Other)
                    .Select(e => Vocabulary.Extra(e.Formal, e.Role, $"{n}"));
                var call = Call(writer, before, inMsg, outMsg, $"{n}");
                target.Add(new ProofNode($"var {string.Join(", ", all)} :| {call};", false));
            }

            Transition(writer, before, inMsg, outMsg, target, depth, own, $"{n}");
            if (atom.Writers.Count > 1)
            {
                FollowSizes(own, target, depth);
            }
        }
    }

    /// <summary>The names for what a step chose, as far as facts of its guard speak of elements by it.</summary>
    private List<string> Chosen(Transition t, Point before, string inMsg, string outMsg, string suffix)
    {
        var elements = GuardFacts(t, before, inMsg, outMsg, suffix).OfType<ElementFact>().ToList();
        return t.Extras.Where(e => e.Role == Role.Other).Select(e => Vocabulary.Extra(e.Formal, e.Role, suffix))
            .Where(name => elements.Any(e => e.Element.Contains(name, StringComparison.Ordinal))).ToList();
    }

    private static string Call(Transition t, Point before, string inMsg, string outMsg, string suffix = "") =>
        Vocabulary.Call(
            t, Vocabulary.Constants(before.Host, before.Idx), before.State,
            (before with { At = before.At + " + 1" }).State, inMsg, outMsg, suffix);

    /// <summary>What a transition tells: the message it received was sent, its guard held.</summary>
    private void Transition(
        Transition t, Point before, string inMsg, string outMsg, List<ProofNode> into, int depth,
        List<SizeFact> sizes, string suffix)
    {
        if (t.Receives)
        {
            Message(t.MessagesIn, inMsg, into, depth, sizes);
        }

        if (depth >= maxDepth + 1)
        {
            return;
        }

        foreach (var fact in GuardFacts(t, before, inMsg, outMsg, suffix).SelectMany(WithParts))
        {
            // What is found within the fact's own block is named there alone, so its sets are compared there.
            var own = fact is SizeFact ? sizes : [];
            if (FollowOne(fact, into, depth + 1, own) is { } inner)
            {
                FollowSizes(own, inner, depth + 1);
            }
        }
    }

    private void Message(
        IReadOnlyList<string> variants, string msg, List<ProofNode> into, int depth, List<SizeFact> sizes)
    {
        foreach (var name in variants)
        {
            if (model.Messages.Variant(name) is not { Sender: { } sender }
                || depth > maxDepth || !followed.Add("sent " + name + msg))
            {
                continue;
            }

            var target = into;
            if (variants.Count > 1)
            {
                var branch = new ProofNode($"if {msg}.{name}?", true);
                into.Add(branch);
                target = branch.Inside;
            }

            var n = next();
            var outs = (sender.Receives ? $"k{n}, cause{n}" : $"k{n}")
                + string.Concat(SentBy.Answers(sender, $"{n}").Select(name => ", " + name));
            target.Add(new ProofNode($"var {outs} := Send{name}Skolemization(c, v, {msg});", false));
            var host = model.Host(sender.Host)!;
            var at = new Point(host, $"{msg}.Src()", "k" + n);
            Monotonic(sender, at, target);
            var own = variants.Count > 1 ? [] : sizes;
            Transition(sender, at, "cause" + n, msg, target, depth + 1, own, $"{n}");
            if (variants.Count > 1)
            {
                FollowSizes(own, target, depth + 1);
            }
        }
    }

    /// <summary>What an annotated field was at the cause it has only grown from.</summary>
    private static void Monotonic(Transition t, Point before, List<ProofNode> into)
    {
        foreach (var field in before.Host.Fields.Where(f => f.Monotonic))
        {
            var written = t.Writes.Any(w => Field.Overlap(w.Path, field.Path));
            if (!written && !t.Reads.Any(r => Field.Overlap(r, field.Path)))
            {
                continue;
            }

            var then = written ? before with { At = before.At + " + 1" } : before;
            into.Add(new ProofNode(
                $"assert {before.Last}.{field.Name}.SatisfiesMonotonic({then.State}.{field.Name});", false));
        }
    }

    private List<Fact> GuardFacts(Transition t, Point before, string inMsg, string outMsg, string suffix)
    {
        // A case that holds the update itself speaks of NextStep's own arguments.
        var owner = t.Member ?? model.Program.Member(before.Host.Module, "NextStep")!;
        var roles = t.Member == null ? before.Host.StepArgs : t.Roles;
        var names = t.Member == null ? StepNames.Of(model.Program, t, owner, "step" + suffix) : [];
        for (var i = 0; i < owner.Formals.Count; i++)
        {
            names[owner.Formals[i].Name] = roles[i] switch
            {
                Role.Constants => Vocabulary.Constants(before.Host, before.Idx),
                Role.Before => before.State,
                Role.After => (before with { At = before.At + " + 1" }).State,
                Role.InMsg => inMsg,
                Role.OutMsg => outMsg,
                Role.Recv => $"Some({inMsg})",
                Role.Send => $"Some({outMsg})",
                _ => Vocabulary.Extra(owner.Formals[i], roles[i], suffix),
            };
        }

        // A member of the state itself speaks of it without a name, and what it is given has none here.
        var state = owner.Formals.Where((_, i) => roles[i] == Role.Before).FirstOrDefault()?.Name;
        var reader = new FactReader(
            model.Program, words.With(names),
            e => e is ThisExpr || (e is VarExpr v && v.Name == state) ? before : null);
        var unnamed = t.Quotable || t.Member == null ? []
            : t.Extras.Select(e => Vocabulary.Extra(e.Formal, e.Role, suffix)).ToList();
        return reader.Read(t.Guard)
            .Where(f => f is not ElementFact e || !unnamed.Exists(u => e.Element.Contains(u, StringComparison.Ordinal)))
            .ToList();
    }

    private void FollowSizes(List<SizeFact> sizes, List<ProofNode> into, int depth)
    {
        var known = new List<(SizeFact Set, HostKind Members, string Size)>();
        foreach (var set in sizes.Distinct().ToList())
        {
            if (rules.HasFlag(SetRules.Some))
            {
                Some(set, into, depth);
            }

            if ((rules & (SetRules.Full | SetRules.Shared)) != 0 && Bounded(set, into, depth) is { } members)
            {
                known.Add((set, members, $"|c.{members.ConstantsField}|"));
            }
        }

        foreach (var (set, members, size) in known.Where(_ => rules.HasFlag(SetRules.Full)))
        {
            Full(set, members, size, into, depth);
        }

        for (var i = 0; rules.HasFlag(SetRules.Shared) && i < known.Count; i++)
        {
            for (var j = i + 1; j < known.Count; j++)
            {
                if (known[i].Size == known[j].Size)
                {
                    Shared(known[i].Set, known[j].Set, known[i].Size, into, depth);
                }
            }
        }
    }

    private static string Term(SizeFact set) => $"{set.Point.State}.{string.Join(".", set.Path)}";

    /// <summary>Elements that name senders are below the number of senders; answers their kind.</summary>
    private HostKind? Bounded(SizeFact set, List<ProofNode> into, int depth)
    {
        var field = Atom.Of(set.Point.Host).SelectMany(a => a.Fields)
            .FirstOrDefault(f => Field.Overlap(f.Path, set.Path));
        var writer = set.Point.Host.Transitions.FirstOrDefault(
            t => t.Receives && field != null && t.Writes.Any(w => w.Path.SequenceEqual(field.Path)));
        var sender = writer?.MessagesIn.Select(m => model.Messages.Variant(m)?.Sender).FirstOrDefault(s => s != null);
        if (sender == null || field == null || !HoldsIndices(field))
        {
            return null;
        }

        var members = model.Host(sender.Host)!;
        var size = $"|c.{members.ConstantsField}|";
        var x = "x" + next();
        var group = new ProofNode($"forall {x} | {x} in {Term(set)}\n  ensures 0 <= {x} < {size}", true);
        FollowOne(new ElementFact(set.Point, set.Path, x), group.Inside, depth, []);
        if (group.Inside.Count == 0)
        {
            return null;
        }

        into.Add(group);
        return members;
    }

    private bool HoldsIndices(Field field)
    {
        var witness = Witness.Of(model.Program, field.Type);
        return (witness is InnerWitness inner ? inner.Rest : witness) is ElementWitness e
            && model.Program.Expand(e.Type).Name is "nat" or "int";
    }

    private void Some(SizeFact set, List<ProofNode> into, int depth)
    {
        var x = "x" + next();
        var group = new ProofNode($"if {Term(set)} != {{}}", true);
        group.Inside.Add(new ProofNode($"var {x} :| {x} in {Term(set)};", false));
        if (FollowOne(new ElementFact(set.Point, set.Path, x), group.Inside, depth, []) != null)
        {
            into.Add(group);
        }
    }

    private void Full(SizeFact set, HostKind members, string size, List<ProofNode> into, int depth)
    {
        var group = new ProofNode($"if |{Term(set)}| >= {size}", true);
        group.Inside.Add(new ProofNode($"{Library.FullSet}({Term(set)}, {size});", false));
        foreach (var idx in indices.Where(i => i.Kinds.Count == 0 || i.Kinds.Contains(members)).Select(i => i.Name))
        {
            var member = new ProofNode($"if {idx} in {Term(set)}", true);
            if (FollowOne(new ElementFact(set.Point, set.Path, idx), member.Inside, depth, []) != null)
            {
                group.Inside.Add(member);
            }
        }

        into.Add(group);
    }

    private void Shared(SizeFact a, SizeFact b, string size, List<ProofNode> into, int depth)
    {
        var x = "shared" + next();
        var group = new ProofNode($"if |{Term(a)}| + |{Term(b)}| > {size}", true);
        group.Inside.Add(new ProofNode($"var {x} := {Library.Quorum}({Term(a)}, {Term(b)}, {size});", false));
        var inner = FollowOne(new ElementFact(a.Point, a.Path, x), group.Inside, depth, []) ?? group.Inside;
        FollowOne(new ElementFact(b.Point, b.Path, x), inner, depth, []);
        into.Add(group);
    }
}
