using Outrider.Proofs.Eval;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Explore;

/// <summary>
/// What every reached state is held against: safety, generated invariants where the files carry them, and three facts
/// that provenance rests on and that need no generated text: a message names its sender, a monotonic field grows, and
/// a goal is some state's.
/// </summary>
internal sealed class Checks
{
    private const int HistorySamples = 400;
    private static readonly string[] Generated =
        ["MessageInvariants", "MonotonicityInvariants", "OwnershipInvariants"];

    private readonly Protocol protocol;
    private readonly MemberText? safety;
    private readonly MemberText[] invariants;
    private readonly SortedDictionary<string, (MemberText Text, Run? Reached)> goals = new(StringComparer.Ordinal);
    private readonly MemberText? within;
    private readonly MemberText? wellFormed;
    private readonly bool safetyReadsHistory;
    private readonly WorkClock clock = new();
    private TimeSpan onInvariants;
    private int visited;

    /// <summary>
    /// The first run on which an annotation fails or a generated invariant does. It does not end the search: a run that
    /// breaks safety itself says more.
    /// </summary>
    public Violation? Secondary { get; private set; }

    /// <summary>The sizes that the present search runs at.</summary>
    public string Sizes { get; set; } = "";
    private int sampled;

    public Checks(Protocol protocol)
    {
        this.protocol = protocol;
        safety = protocol.Obligations().FirstOrDefault(o => o.Name == "Safety");
        within = protocol.Obligations().FirstOrDefault(o => o.Name == "ExploreWithin");
        foreach (var goal in protocol.Obligations().Where(o => o.Name.StartsWith("Goal", StringComparison.Ordinal)))
        {
            goals[goal.Name] = (goal, null);
        }

        invariants = [.. protocol.Program.Modules.Where(m => Generated.Contains(m.Name))
            .SelectMany(m => m.Members).Where(m => m.Kind == MemberKind.Predicate && protocol.IsSystemPredicate(m))];
        wellFormed = protocol.Program.Modules.SelectMany(m => m.Members)
            .FirstOrDefault(m => m.Name == "ValidVariables" && protocol.IsSystemPredicate(m));
        safetyReadsHistory = safety?.Body != null && ReadsHistory(safety.Body);
    }

    public IReadOnlyDictionary<string, Run?> Goals =>
        new SortedDictionary<string, Run?>(
            goals.ToDictionary(g => g.Key, g => g.Value.Reached), StringComparer.Ordinal);

    public bool AllGoalsReached => goals.Values.All(g => g.Reached != null);

    public IReadOnlyList<string> Names =>
    [
        .. safety == null ? [] : new[] { safety.FullName },
        .. invariants.Select(i => i.FullName), "sender's index in Src()", "monotonic fields",
    ];

    /// <summary>
    /// Whether exploration is to look beyond a state: the model's <c>ExploreWithin</c>, if it has one.
    /// </summary>
    public bool Within(State state) => within == null || Holds(within, state, null, out _);

    /// <summary>Whether safety fails at the end of a history.</summary>
    public bool Fails(string predicate, IReadOnlyList<State> history) => safety?.FullName == predicate
        && !Holds(safety, history[^1], safetyReadsHistory ? history : null, out _);

    /// <summary>The first predicate that fails in a newly reached state, or null.</summary>
    public (string Predicate, string? Detail)? Broken(State state, State? before, StepLabel? step, Func<Run> path)
    {
        visited++;
        if (safety != null && !Holds(safety, state, safetyReadsHistory ? path().States : null, out var detail))
        {
            return (safety.FullName, detail);
        }

        if (Secondary == null && before != null && step != null
            && (WrongSender(step) ?? NotMonotonic(before, state, step)) is { } wrong)
        {
            Secondary = new Violation(wrong.Item1, path(), Sizes, wrong.Item2);
        }

        foreach (var (name, (text, reached)) in goals.ToList())
        {
            if (reached == null && Holds(text, state, null, out _))
            {
                goals[name] = (text, path());
            }
        }

        CheckInvariants(state, path);
        return null;
    }

    // They read the whole history, at a cost of its length squared: the first states, and then ever fewer, never more
    // than a third of the time.
    private void CheckInvariants(State state, Func<Run> path)
    {
        if (invariants.Length == 0 || Secondary != null || sampled > 10 * HistorySamples
            || onInvariants * 3 > clock.Elapsed + TimeSpan.FromSeconds(1)
            || (visited >= HistorySamples && visited % (visited / HistorySamples * 8) != 0))
        {
            return;
        }

        sampled++;
        var began = clock.Elapsed;
        var run = path();
        foreach (var invariant in invariants)
        {
            if (!Holds(invariant, state, run.States, out var why))
            {
                // The system steps to well-formed states alone. Where that is asked of all numbers, a state may be one
                // of the numbers so far and not of those that came up since: then it is none of the protocol's.
                if (wellFormed != null && !Holds(wellFormed, state, run.States, out _))
                {
                    break;
                }

                Secondary = new Violation(invariant.FullName, run, Sizes, why);
                return;
            }
        }

        onInvariants += clock.Elapsed - began;
    }

    private bool Holds(MemberText predicate, State state, IReadOnlyList<State>? history, out string? detail)
    {
        detail = null;
        try
        {
            return history == null ? protocol.HoldsNow(predicate, state) : protocol.Holds(predicate, history);
        }
        catch (Undefined e)
        {
            detail = e.Message;
            return false;
        }
    }

    private (string, string?)? WrongSender(StepLabel step)
    {
        if (step.Sent is not CtorValue sent || protocol.Source(sent) is not { } source || source == step.Actor)
        {
            return null;
        }

        return ("message source", $"{step.Group}[{step.Actor}] sends {sent}, whose Src() is {source}");
    }

    private (string, string?)? NotMonotonic(State before, State after, StepLabel step)
    {
        var was = before.Host(step.Group, step.Actor);
        var now = after.Host(step.Group, step.Actor);
        var field = protocol.ShrunkField(step.Group, was, now);
        return field == null ? null : ("monotonic " + field, $"{step.Group}[{step.Actor}].{field} went back");
    }

    private bool ReadsHistory(Expr body)
    {
        var calls = new SortedSet<string>(StringComparer.Ordinal);
        Calls.Collect(protocol.Program, body, calls, 6);
        return calls.Any(c => c.EndsWith(".Variables.History", StringComparison.Ordinal)
            || c.EndsWith(".Variables.ValidHistoryIdx", StringComparison.Ordinal)
            || c.EndsWith(".Variables.ValidHistoryIdxStrict", StringComparison.Ordinal))
            && !OnlyInWellFormedness(body);
    }

    // Last() and WF() read the history too, but a single snapshot serves them as well as the whole run.
    private bool OnlyInWellFormedness(Expr body)
    {
        var calls = new SortedSet<string>(StringComparer.Ordinal);
        CollectOutside(body, calls, 6);
        return !calls.Any(c => c.Contains(".Variables.History", StringComparison.Ordinal)
            || c.Contains(".Variables.ValidHistoryIdx", StringComparison.Ordinal));
    }

    private void CollectOutside(Expr e, SortedSet<string> into, int depth)
    {
        if (e is CallExpr { Name: not ("Last" or "WF") } call && into.Add(call.FullName) && depth > 0
            && protocol.Program.Member(call.Owner, call.Name)?.Body is { } inner)
        {
            CollectOutside(inner, into, depth - 1);
        }

        foreach (var child in Ir.Children.Of(e))
        {
            CollectOutside(child, into, depth);
        }
    }
}
