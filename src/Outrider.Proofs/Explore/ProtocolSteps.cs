using Outrider.Proofs.Eval;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Explore;

public sealed partial class Protocol
{
    private const int MaxConstants = 64;

    /// <summary>
    /// The initial states for a number of hosts of each group, in a fixed order; none when the constants' own
    /// conditions rule the sizes out.
    /// </summary>
    public IReadOnlyList<State> Initial(IReadOnlyList<int> sizes) => Initial(sizes, (_, shape) => new Hole(shape));

    /// <summary>The same, with something known of the constants of each host, by group and index.</summary>
    internal IReadOnlyList<State> Initial(
        IReadOnlyList<int> sizes, Func<(HostGroup Group, int Index), Shape, Value> known)
    {
        machine.Domains.State = null;
        machine.Domains.MaxIndex = sizes.Max() - 1;
        machine.Domains.StateChanged();
        machine.Depth = 0;
        var found = new SortedSet<State>(ByContent);
        foreach (var constants in Constants(sizes, known))
        {
            var hosts = HostHoles(i => sizes[i]);
            var network = new Hole(NetworkShape);
            var variables = Assemble(new SeqValue([hosts]), network);
            machine.Solve(Call(compiler.Function(system, "Init"), constants, variables), () =>
                machine.Complete(Pair(hosts, network), both =>
                {
                    var parts = ((SeqValue)both).Parts;
                    found.Add(new State((CtorValue)constants, (CtorValue)parts[0], parts[1]));
                    return found.Count < MaxConstants;
                }));
        }

        return [.. found];
    }

    /// <summary>All steps from a state, each distinct outcome once; stuttering steps are left out.</summary>
    public IReadOnlyList<Transition> Successors(State state) => Successors(state, StepHoles(state));

    /// <summary>In how many ways a kind of step and an actor can be put together.</summary>
    internal int StepChoices(State state) => StepHoles(state).Count();

    /// <summary>The steps of one such choice: a small part of the work of finding all.</summary>
    internal IReadOnlyList<Transition> Successors(State state, int choice) =>
        Successors(state, StepHoles(state).Skip(choice).Take(1));

    private List<Transition> Successors(State state, IEnumerable<Value> steps)
    {
        Focus(state);
        machine.Domains.MaxIndex = Enumerable.Range(0, Groups.Count).Max(g => Size(state, g)) - 1;
        machine.Depth = 0;
        var found = new Dictionary<State, StepLabel>();
        var ordered = new List<Transition>();
        foreach (var step in steps)
        {
            Expand(state, step, (label, next) =>
            {
                if (!next.Equals(state) && found.TryAdd(next, label))
                {
                    ordered.Add(new Transition(label, next));
                }

                return true;
            });
        }

        return ordered;
    }

    /// <summary>
    /// Solves the step relation from a state with a step that may hold holes, and a given or unknown successor.
    /// </summary>
    internal bool Expand(State state, Value step, Func<StepLabel, State, bool> found)
    {
        var hosts = HostHoles(i => Size(state, i));
        var network = new Hole(NetworkShape);
        return Expand(state, step, hosts, network, found);
    }

    internal bool Expand(State state, Value step, Value hosts, Value network, Func<StepLabel, State, bool> found)
    {
        var args = nextStep.Text.Formals.Select((f, i) => Argument(f, i, state, step, hosts, network));
        var goal = Call(nextStep, [.. args]);
        return machine.Solve(goal, () =>
        {
            var names = TransitionNames();
            return machine.Complete(new SeqValue([hosts, network, step]), all =>
            {
                var parts = ((SeqValue)all).Parts;
                var next = new State(state.Constants, (CtorValue)parts[0], parts[1]);
                return !WellFormed(next) || found(Label((CtorValue)parts[2], names), next);
            });
        });
    }

    internal int Size(State state, int group) => ((SeqValue)state.Hosts.Parts[Groups[group].Index]).Parts.Length;

    private static SeqValue Pair(Value a, Value b) => new([a, b]);

    private static readonly Comparer<State> ByContent = Comparer<State>.Create((a, b) =>
    {
        var d = a.Constants.CompareTo(b.Constants);
        d = d != 0 ? d : a.Hosts.CompareTo(b.Hosts);
        return d != 0 ? d : a.Network.CompareTo(b.Network);
    });

    private Machine.Goal Call(FunctionBody function, params Value[] args)
    {
        var body = function.Body;
        var frame = new Value?[function.FrameSize];
        args.CopyTo(frame, 0);
        return new Machine.Goal(body, frame, true, null);
    }

    private Value Argument(FormalText formal, int at, State state, Value step, Value hosts, Value network)
    {
        var type = program.Expand(formal.Type).Name;
        var later = nextStep.Text.Formals.Take(at).Any(f => program.Expand(f.Type).Name == type);
        return type == constantsShape.Type.Name ? state.Constants
            : type == hostsShape.Type.Name ? later ? hosts : state.Hosts
            : type == NetworkShape.Type.Name ? later ? network : state.Network
            : type == stepShape.Type.Name ? step
            : type == variablesShape.Type.Name
                ? later ? Assemble(new SeqValue([state.Hosts, hosts]), network) : Variables([state], state)
            : throw new ProtocolException($"{nextStep.Text.At}: NextStep has a formal of unexpected type {type}");
    }

    private CtorValue Assemble(SeqValue history, Value network) =>
        new(variablesShape.Ctors[0], HistoryFirst ? [history, network] : [network, history]);

    private CtorValue HostHoles(Func<int, int> size)
    {
        var made = Machine.Fresh(hostsShape, 0);
        var parts = (Value[])made.Parts.Clone();
        for (var g = 0; g < Groups.Count; g++)
        {
            var shape = hostsShape.CtorArgs[0][Groups[g].Index].Args[0];
            parts[Groups[g].Index] = new SeqValue(
                [.. Enumerable.Range(0, size(g)).Select(_ => (Value)new Hole(shape))]);
        }

        return new CtorValue(made.Shape, parts);
    }

    private List<Value> Constants(
        IReadOnlyList<int> sizes, Func<(HostGroup Group, int Index), Shape, Value> known)
    {
        var made = Machine.Fresh(constantsShape, 0);
        var parts = (Value[])made.Parts.Clone();
        for (var g = 0; g < Groups.Count; g++)
        {
            var at = made.Shape.IndexOf(Groups[g].ConstantsField);
            var shape = constantsShape.CtorArgs[0][at].Args[0];
            parts[at] = new SeqValue(
                [.. Enumerable.Range(0, sizes[g]).Select(i => known((Groups[g], i), shape))]);
        }

        var constants = new CtorValue(made.Shape, parts);
        var found = new SortedSet<Value>();
        bool Keep(Value v)
        {
            found.Add(v);
            return found.Count < MaxConstants;
        }

        var wf = program.Member(constantsShape.Type.Name, "WF");
        if (wf == null)
        {
            machine.Complete(constants, Keep);
        }
        else
        {
            var goal = Call(compiler.Function(wf.Owner, wf.Name), constants);
            machine.Solve(goal, () => machine.Complete(constants, Keep));
        }

        return [.. found];
    }

    /// <summary>Each kind of step with each actor; what it receives and sends is left open.</summary>
    private IEnumerable<Value> StepHoles(State state)
    {
        var most = Enumerable.Range(0, Groups.Count).Max(g => Size(state, g));
        for (var i = 0; i < stepShape.Ctors.Count; i++)
        {
            var fields = stepShape.CtorArgs[i];
            var actor = Array.FindIndex(fields, f => f.Kind == ShapeKind.Int);
            for (var a = 0; a < (actor < 0 ? 1 : most); a++)
            {
                var made = Machine.Fresh(stepShape, i);
                yield return actor < 0 ? made : made.With(actor, IntValue.Of(a));
            }
        }
    }

    private bool WellFormed(State next)
    {
        if (program.Member(hostsShape.Type.Name, "WF") is not { Formals.Count: 1 } wf)
        {
            return true;
        }

        var function = compiler.Function(wf.Owner, wf.Name);
        var body = function.Body;
        var frame = new Value?[function.FrameSize];
        frame[0] = next.Hosts;
        frame[1] = next.Constants;
        return body.Test(frame, machine) == true;
    }

    /// <summary>The predicates of a host module that relate v and v' on the way to a solution, outermost first.
    /// </summary>
    private List<string> TransitionNames()
    {
        var names = new List<string>();
        foreach (var full in machine.Entered)
        {
            var dot = full.LastIndexOf('.');
            if (Groups.Any(g => g.Module == full[..dot])
                && program.Member(full[..dot], full[(dot + 1)..]) is { } member
                && member.Formals.Any(f => f.Name == "v'"))
            {
                names.Add(member.Name);
            }
        }

        return names;
    }

    private StepLabel Label(CtorValue step, List<string> names)
    {
        var actor = step.Parts.OfType<IntValue>().FirstOrDefault()?.Number ?? 0;
        Value? Message(string field) => step.Parts.OfType<CtorValue>()
            .Select(p => p.Field(field)).OfType<CtorValue>()
            .Where(o => o.Parts.Length == 1).Select(o => o.Parts[0]).FirstOrDefault();
        var group = GroupOf(step.Shape.Name);
        return new StepLabel(
            group.Field, (int)actor, group.Module, names.Count == 0 ? "step" : names[^1], Message("recv"),
            Message("send"), step)
        {
            Within = names,
        };
    }

    /// <summary>Which group a kind of step moves: the one whose module its branch of the step relation names.</summary>
    private HostGroup GroupOf(string stepName)
    {
        if (groupOfStep.TryGetValue(stepName, out var known))
        {
            return known;
        }

        var calls = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var c in Calls.CasesOf(nextStep.Text.Body!, stepName))
        {
            Calls.Collect(program, c, calls, 3);
        }

        var hit = Groups.FirstOrDefault(g => calls.Contains(g.Module + ".Next"))
            ?? Groups.FirstOrDefault(g => stepName.StartsWith(g.Module.Replace("Host", "", StringComparison.Ordinal),
                StringComparison.Ordinal))
            ?? Groups[0];
        groupOfStep[stepName] = hit;
        return hit;
    }

    private readonly Dictionary<string, HostGroup> groupOfStep = new(StringComparer.Ordinal);
}
