using Outrider.Core;

namespace Outrider.Proofs.Eval;

/// <summary>
/// Finds bindings of holes that make goals true. A goal that needs the content of a hole waits until another goal has
/// bound it; only when all goals wait does the search branch, on the goal or hole with the fewest ways to go on.
/// Transition relations are executed so: v' and the sent message are holes.
/// </summary>
internal sealed partial class Machine
{
    /// <summary>A formula that has to become true, or false when not positive; the next goal after it.</summary>
    public sealed record Goal(Node Node, Value?[] Frame, bool Positive, Goal? Next);

    private enum Outcome
    {
        Done,
        Fail,
        Wait,
    }

    /// <summary>One way to go on: two terms made equal, goals to be added, or both.</summary>
    private readonly record struct Way(Value? Left, Value? Right, Goal? First, Goal? Second);

    /// <summary>Names of the predicates entered on the way to the present solution, outermost first.</summary>
    public List<string> Entered { get; } = [];

    /// <summary>
    /// Calls <paramref name="found"/> for each solution of the goals; it answers false to end the search. Bindings hold
    /// during the call only.
    /// </summary>
    public bool Solve(Goal? goals, Func<bool> found)
    {
        var mark = Mark();
        var saved = depth;
        var entered = Entered.Count;
        try
        {
            return Run(goals, found);
        }
        finally
        {
            Undo(mark);
            depth = saved;
            Entered.RemoveRange(entered, Entered.Count - entered);
        }
    }

    /// <summary>Enumerates what the goals left open in a value.</summary>
    public bool Complete(Value value, Func<Value, bool> found)
    {
        if (Ground(value) is { } ground)
        {
            return found(ground);
        }

        foreach (var way in WaysOf(Stuck!))
        {
            var mark = Mark();
            var go = !Unify(way.Left!, way.Right!) || Complete(value, found);
            Undo(mark);
            if (!go)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A quantifier over values that no bound enumerates.</summary>
    public Value? SolveQuantifier(QuantifierNode node, Value?[] frame)
    {
        for (var i = 0; i < frame.Length; i++)
        {
            if (frame[i] is { IsGround: false } open && Ground(open) == null)
            {
                return null;
            }
        }

        var inner = node.WithHoles(frame, this);
        var goals = new Goal(node.Body, inner, !node.Forall, null);
        if (node.Range != null)
        {
            goals = new Goal(node.Range, inner, true, goals);
        }

        var any = false;
        quantifying++;
        try
        {
            Solve(goals, () =>
            {
                any = true;
                return false;
            });
        }
        finally
        {
            quantifying--;
        }

        return BoolValue.Of(any != node.Forall);
    }

    private bool Run(Goal? agenda, Func<bool> found)
    {
        var waiting = new List<Goal>();
        while (true)
        {
            var bound = trail.Count;
            while (agenda != null)
            {
                var goal = agenda;
                agenda = agenda.Next;
                switch (ReduceSafely(goal, ref agenda))
                {
                    case Outcome.Fail:
                        return true;
                    case Outcome.Wait:
                        waiting.Add(goal);
                        break;
                }
            }

            if (waiting.Count == 0)
            {
                return found();
            }

            if (trail.Count == bound)
            {
                return Branch(waiting, found);
            }

            agenda = Chain(waiting, null);
            waiting.Clear();
        }
    }

    private static Goal? Chain(List<Goal> goals, Goal? without)
    {
        Goal? chain = null;
        for (var i = goals.Count - 1; i >= 0; i--)
        {
            if (!ReferenceEquals(goals[i], without))
            {
                chain = goals[i] with { Next = chain };
            }
        }

        return chain;
    }

    private bool Branch(List<Goal> waiting, Func<bool> found)
    {
        Goal? chosen = null;
        List<Way>? best = null;
        foreach (var goal in waiting)
        {
            var ways = StructuralWays(goal);
            if (ways != null && (best == null || ways.Count < best.Count))
            {
                best = ways;
                chosen = goal;
                if (ways.Count <= 1)
                {
                    break;
                }
            }
        }

        best ??= ImplicationWays(waiting, out chosen) ?? HoleWays(waiting);
        foreach (var way in best)
        {
            var mark = Mark();
            var entered = Entered.Count;
            var go = true;
            if (way.Left == null || Unify(way.Left, way.Right!))
            {
                var rest = Chain(waiting, chosen);
                if (way.Second != null)
                {
                    rest = way.Second with { Next = rest };
                }

                if (way.First != null)
                {
                    rest = way.First with { Next = rest };
                }

                go = Run(rest, found);
            }

            Undo(mark);
            Entered.RemoveRange(entered, Entered.Count - entered);
            if (!go)
            {
                return false;
            }
        }

        return true;
    }

    private List<Way>? ImplicationWays(List<Goal> waiting, out Goal? chosen)
    {
        foreach (var goal in waiting)
        {
            if (goal is { Node: ImpNode imp, Positive: true })
            {
                chosen = goal;
                return
                [
                    new Way(null, null, goal with { Node = imp.Left, Positive = false }, null),
                    new Way(null, null, goal with { Node = imp.Left }, goal with { Node = imp.Right }),
                ];
            }
        }

        chosen = null;
        return null;
    }

    private List<Way> HoleWays(List<Goal> waiting)
    {
        List<Way>? best = null;
        foreach (var goal in waiting)
        {
            var ignored = (Goal?)null;
            Check.That(ReduceSafely(goal, ref ignored) == Outcome.Wait, "a waiting goal still waits");
            var hole = Stuck!;
            // A number in a known range decides much at little cost: what follows from it need not be guessed.
            if (RangeOf(hole, waiting) is { } range)
            {
                return range;
            }

            var ways = WaysOf(hole);
            if (best == null || ways.Count < best.Count)
            {
                best = ways;
            }

            if (best.Count <= 2)
            {
                break;
            }
        }

        return best!;
    }
}
