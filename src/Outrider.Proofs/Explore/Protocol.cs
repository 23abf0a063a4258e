using Outrider.Proofs.Eval;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Explore;

/// <summary>
/// A protocol's relations made executable: initial states, successors, and any predicate on a state or on a run.
/// Holds the holes and the trail of one evaluation, so one thread at a time may use it.
/// </summary>
public sealed partial class Protocol
{
    private readonly ProgramText program;
    private readonly Compiler compiler;
    private readonly Machine machine;
    private readonly string system;
    private readonly Shape constantsShape;
    private readonly Shape hostsShape;
    private readonly Shape variablesShape;
    private readonly Shape stepShape;
    private readonly FunctionBody nextStep;

    /// <summary>Binds the resolved text.</summary>
    /// <exception cref="ProtocolException">The text breaks a convention that execution needs.</exception>
    public Protocol(ProgramText program, Limits limits)
    {
        this.program = program;
        machine = new Machine(new Domains(limits));
        compiler = new Compiler(program, machine);
        var module = program.Modules.FirstOrDefault(m => m.Name == "DistributedSystem")
            ?? program.Modules.FirstOrDefault(m => m.Types.Any(t => t.ShortName == "Variables"
                && t.Constructors[0].Formals.Any(f => f.Name == "history")))
            ?? throw new ProtocolException("no module DistributedSystem; a protocol needs one (distributedSystem.dfy)");
        system = module.Name;
        variablesShape = ShapeOf(module, "Variables");
        constantsShape = ShapeOf(module, "Constants");
        stepShape = ShapeOf(module, "Step");
        var history = Array.IndexOf([.. variablesShape.Ctors[0].Fields], "history");
        if (history < 0 || variablesShape.Ctors[0].Fields.Count != 2)
        {
            throw new ProtocolException($"{module.At}: {system}.Variables must be (history, network)");
        }

        HistoryFirst = history == 0;
        hostsShape = variablesShape.CtorArgs[0][history].Args[0];
        NetworkShape = variablesShape.CtorArgs[0][1 - history];
        nextStep = Relation(module, "NextStep");
        Groups = FindGroups();
    }

    public IReadOnlyList<HostGroup> Groups { get; }

    public ProgramText Program => program;

    internal Shape NetworkShape { get; }

    internal Compiler Compiler => compiler;

    private bool HistoryFirst { get; }

    /// <summary>The system's <c>Variables</c> for a history of snapshots that ends in the given state.</summary>
    public CtorValue Variables(IEnumerable<State> history, State last)
    {
        var snapshots = new SeqValue([.. history.Select(s => (Value)s.Hosts)]);
        return new CtorValue(
            variablesShape.Ctors[0], HistoryFirst ? [snapshots, last.Network] : [last.Network, snapshots]);
    }

    /// <summary>Whether a predicate with formals (c: Constants, v: Variables) holds at the end of a run.</summary>
    /// <exception cref="Undefined">It has no value there.</exception>
    public bool Holds(MemberText predicate, IReadOnlyList<State> history)
    {
        var last = history[^1];
        return Holds(predicate, last, Variables(history, last));
    }

    /// <summary>As <see cref="Holds(MemberText, IReadOnlyList{State})"/> with the state as the only snapshot.</summary>
    public bool HoldsNow(MemberText predicate, State state) => Holds(predicate, state, Variables([state], state));

    /// <summary>The predicates of the module of obligations; empty when there is none.</summary>
    public IReadOnlyList<MemberText> Obligations() => program.Module("Obligations")?.Members
        .Where(m => m.Kind == MemberKind.Predicate && IsSystemPredicate(m)).ToArray() ?? [];

    /// <summary>The group by its field, its module, or the beginning of either (<c>participant</c>).</summary>
    public HostGroup? FindGroup(string name) =>
        Groups.FirstOrDefault(g => g.Field == name)
        ?? Groups.FirstOrDefault(g => g.Module.Equals(name, StringComparison.OrdinalIgnoreCase)
            || g.Module.Equals(name + "Host", StringComparison.OrdinalIgnoreCase))
        ?? Groups.FirstOrDefault(g => g.Field.StartsWith(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether the formals are the system's constants and variables, in this order.</summary>
    public bool IsSystemPredicate(MemberText member) => member.Formals.Count == 2
        && program.Expand(member.Formals[0].Type).Name == constantsShape.Type.Name
        && program.Expand(member.Formals[1].Type).Name == variablesShape.Type.Name;

    internal void Focus(State state)
    {
        machine.Domains.State = () => [state.Constants, state.Hosts, state.Network];
        machine.Domains.StateChanged();
    }

    private bool Holds(MemberText predicate, State state, CtorValue variables)
    {
        // The history counts: invariants quantify over its indices, which nothing in the last state mentions.
        machine.Domains.State = () => [state.Constants, variables];
        machine.Domains.StateChanged();
        var function = compiler.Function(predicate.Owner, predicate.Name);
        var body = function.Body;
        var frame = new Value?[function.FrameSize];
        frame[0] = state.Constants;
        frame[1] = variables;
        machine.Depth = 0;
        return body.Test(frame, machine)
            ?? throw new NotExecutable($"{predicate.FullName} could not be evaluated on a state");
    }

    private Shape ShapeOf(ModuleText module, string type) => program.Type(module.Name + "." + type) == null
        ? throw new ProtocolException($"{module.At}: module {module.Name} declares no type {type}")
        : compiler.Shapes.Of(new TypeRef(module.Name + "." + type, []));

    private FunctionBody Relation(ModuleText module, string name) => program.Member(module.Name, name) == null
        ? throw new ProtocolException($"{module.At}: module {module.Name} declares no predicate {name}")
        : compiler.Function(module.Name, name);

    /// <summary>The constants of a kind need not stand under the name that its states have.</summary>
    private string ConstantsOf(string module, string field)
    {
        var formals = constantsShape.Ctors[0].Fields;
        for (var i = 0; i < formals.Count; i++)
        {
            var shape = constantsShape.CtorArgs[0][i];
            if (shape.Kind == ShapeKind.Seq && shape.Args[0].Type.Name == module + ".Constants")
            {
                return formals[i];
            }
        }

        throw new ProtocolException(
            $"{program.Module(system)?.At}: {system}.Constants has no field of type seq<{module}.Constants> "
            + $"for {field}");
    }

    private HostGroup[] FindGroups()
    {
        var groups = new List<HostGroup>();
        var fields = hostsShape.Ctors[0].Fields;
        for (var i = 0; i < fields.Count; i++)
        {
            var shape = hostsShape.CtorArgs[0][i];
            if (shape.Kind == ShapeKind.Seq && shape.Args[0].Kind == ShapeKind.Datatype)
            {
                var module = shape.Args[0].Type.Module;
                groups.Add(new HostGroup(fields[i], module, i, ConstantsOf(module, fields[i])));
            }
        }

        return groups.Count > 0
            ? [.. groups]
            : throw new ProtocolException(
                $"{program.Module(system)?.At}: {system}.Hosts has no field of type seq<Host.Variables>");
    }
}

/// <summary>The text breaks a convention; the message names the place.</summary>
public sealed class ProtocolException(string message) : Exception(message);
