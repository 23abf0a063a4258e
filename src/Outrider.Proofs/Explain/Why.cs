using Outrider.Proofs.Eval;
using Outrider.Proofs.Explore;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Explain;

/// <summary>
/// Follows a fact back through a run: the step that made it so, the message that step received and the step that sent
/// it, the fields its guard reads and the steps that wrote them, and so on. It is the argument of a provenance proof,
/// told about one run.
/// </summary>
public sealed class Why(Protocol protocol, Run run)
{
    private readonly SortedDictionary<int, Cause> causes = [];

    public CausalChain Explain(Fact fact)
    {
        causes.Clear();
        var holds = fact.HoldsIn(run.Last, run.States[0]);
        if (holds)
        {
            foreach (var step in Writers(fact.Group, fact.Index, fact.ValueIn, run.Length))
            {
                Follow(step, fact.ToString(), null);
            }
        }

        return new CausalChain(run, fact.ToString(), holds, [.. causes.Values]);
    }

    /// <summary>
    /// Why the last state is bad: what its last step goes back to, and what every field goes back to that the broken
    /// predicate reads and that is no longer as it was at first.
    /// </summary>
    public CausalChain ExplainViolation(string predicate)
    {
        causes.Clear();
        var because = $"{predicate} fails";
        if (run.Length > 0)
        {
            Follow(run.Length, because, null);
        }

        var dot = predicate.LastIndexOf('.');
        if (dot > 0 && protocol.Program.Member(predicate[..dot], predicate[(dot + 1)..])?.Body is { } body)
        {
            var read = new SortedSet<string>(StringComparer.Ordinal);
            CollectFields(body, read, 5);
            foreach (var group in protocol.Groups)
            {
                var hosts = ((SeqValue)run.Last.Hosts.Field(group.Field)!).Items;
                for (var i = 0; i < hosts.Count; i++)
                {
                    FollowFields(group, i, read, because);
                }
            }
        }

        return new CausalChain(run, because, true, [.. causes.Values]);
    }

    private void FollowFields(HostGroup group, int index, SortedSet<string> read, string because)
    {
        foreach (var field in read)
        {
            Value? Of(State s) => (s.Host(group.Field, index) as CtorValue)?.Field(field);
            if (Of(run.Last) is { } now && read.Contains(group.Module + "." + field) && !now.Equals(Of(run.States[0])))
            {
                foreach (var step in Writers(group, index, Of, run.Length))
                {
                    Follow(step, because, null);
                }
            }
        }
    }

    private void CollectFields(Expr e, SortedSet<string> into, int depth)
    {
        if (e is FieldExpr f)
        {
            into.Add(f.Name);
            into.Add(f.Owner[..Math.Max(0, f.Owner.LastIndexOf('.'))] + "." + f.Name);
        }

        if (e is CallExpr { Name: not "WF" } call && depth > 0
            && protocol.Program.Member(call.Owner, call.Name)?.Body is { } inner)
        {
            CollectFields(inner, into, depth - 1);
        }

        foreach (var child in Ir.Children.Of(e))
        {
            CollectFields(child, into, depth);
        }
    }

    private void Follow(int step, string because, int? effect)
    {
        if (!causes.TryAdd(step, new Cause(step, because, effect)))
        {
            return;
        }

        var label = run.Steps[step - 1];
        if (label.Received is { } message && SenderOf(message, step) is { } sent)
        {
            Follow(sent, $"sent {message}", step);
        }

        foreach (var field in GuardReads(label))
        {
            Value? Of(State s) => (s.Host(label.Group, label.Actor) as CtorValue)?.Field(field);
            var group = protocol.FindGroup(label.Group)!;
            foreach (var writer in Writers(group, label.Actor, Of, step - 1))
            {
                Follow(writer, $"{label.Group}[{label.Actor}].{field} is {Of(run.States[step - 1])}", step);
            }
        }
    }

    /// <summary>
    /// The steps up to <paramref name="until"/> to which a value owes its present form: the last change, and for a
    /// collection the changes that brought in what it still holds.
    /// </summary>
    private List<int> Writers(HostGroup group, int index, Func<State, Value?> value, int until)
    {
        var steps = new List<int>();
        var present = value(run.States[until]);
        var pending = Elements(present);
        for (var k = until; k >= 1; k--)
        {
            var label = run.Steps[k - 1];
            if (label.Group != group.Field || label.Actor != index)
            {
                continue;
            }

            var (was, now) = (value(run.States[k - 1]), value(run.States[k]));
            if (was == null || now == null || was.Equals(now))
            {
                continue;
            }

            if (pending.Count == 0)
            {
                steps.Add(k);
                return steps;
            }

            var before = Elements(was);
            if (pending.RemoveWhere(e => !before.Contains(e)) > 0)
            {
                steps.Add(k);
            }

            if (pending.Count == 0)
            {
                return steps;
            }
        }

        return steps;
    }

    private static SortedSet<Value> Elements(Value? v) => v switch
    {
        SetValue s => [.. s.Items],
        MapValue m => [.. m.Pairs().Select(p => (Value)new SeqValue([p.Key, p.Value]))],
        CtorValue { Args.Count: 1 } c => Elements(c.Args[0]),
        _ => [],
    };

    private int? SenderOf(Value message, int before)
    {
        for (var k = 1; k < before; k++)
        {
            if (message.Equals(run.Steps[k - 1].Sent))
            {
                return k;
            }
        }

        return null;
    }

    private SortedSet<string> GuardReads(StepLabel label)
    {
        var reads = new SortedSet<string>(StringComparer.Ordinal);
        if (protocol.Program.Member(label.Kind, label.Transition) is { Body: { } body } member
            && member.Formals.FirstOrDefault(f => f.Name == "v") is not null)
        {
            Collect(body, "v", reads, 4);
        }

        return reads;
    }

    // What an update computes from the field it writes is not a reason for the step; what a guard or a message reads
    // is.
    private void Collect(Expr e, string state, SortedSet<string> into, int depth)
    {
        switch (e)
        {
            case FieldExpr { Operand: VarExpr v } f when v.Name == state:
                into.Add(f.Name);
                return;
            case BinaryExpr { Op: BinaryOp.EqCommon, Left: VarExpr { Name: "v'" }, Right: UpdateExpr }:
                return;
            case CallExpr call when depth > 0
                && protocol.Program.Member(call.Owner, call.Name) is { Body: { } inner } callee:
                for (var i = 0; i < call.Args.Count && i < callee.Formals.Count; i++)
                {
                    if (call.Args[i] is VarExpr a && a.Name == state)
                    {
                        Collect(inner, callee.Formals[i].Name, into, depth - 1);
                    }
                }

                break;
        }

        foreach (var child in Ir.Children.Of(e))
        {
            Collect(child, state, into, depth);
        }
    }
}
