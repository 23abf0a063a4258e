using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

/// <summary>Reads a protocol out of a resolved program, and says where it breaks a convention.</summary>
public sealed class ModelReader
{
    private readonly ProgramText program;
    private readonly List<Diagnostic> diagnostics = [];

    private ModelReader(ProgramText program) => this.program = program;

    /// <summary>Always answers; a model that cannot be used carries errors among its diagnostics.</summary>
    public static ProtocolModel Read(ProgramText program) => new ModelReader(program).Read();

    private ProtocolModel Read()
    {
        diagnostics.AddRange(program.Diagnostics);
        if (!program.Ok)
        {
            return new ProtocolModel(program, SystemShape.Missing, MessageShape.Missing, [], [], diagnostics);
        }

        var systemModule = FindSystem();
        if (systemModule == null
            && program.Modules.FirstOrDefault(m => m.Types.Any(IsHistory) || m.Name == "DistributedSystem") is { } odd)
        {
            Error(
                odd.At, $"module {odd.Name} has no datatype Hosts with a seq<HostModule.Variables> for each kind");
            return new ProtocolModel(program, SystemShape.Missing, MessageShape.Missing, [], [], diagnostics);
        }

        var hosts = new List<HostKind>();
        foreach (var (module, field, constants) in FindHosts(systemModule))
        {
            if (ReadHost(module, field, constants) is { } host)
            {
                hosts.Add(host);
            }
        }

        if (hosts.Count == 0)
        {
            Error(
                systemModule?.At ?? program.Modules.Where(m => m.At.Line > 0).Select(m => m.At).FirstOrDefault(),
                "no host kind found: a host module declares Constants, Variables, Step, NextStep and Next, "
                + "and the system's Hosts has a field seq<Module.Variables>");
        }

        var messages = new MessageReader(program, diagnostics).Read(hosts);
        var system = new SystemReader(program, diagnostics).Read(systemModule);
        var hints = new HintReader(program, diagnostics).Read(hosts);
        new ConventionCheck(program, diagnostics).Check(hosts, messages, systemModule == null);
        return new ProtocolModel(program, system, messages, hosts, hints, diagnostics);
    }

    private ModuleText? FindSystem() =>
        program.Module("DistributedSystem") is { } named && HostsType(named) != null
            ? named
            : program.Modules.FirstOrDefault(m => HostsType(m) != null && m.Types.Any(IsHistory));

    private static TypeText? HostsType(ModuleText module) => module.Types.FirstOrDefault(
        t => t.Kind == TypeKind.Datatype && t.ShortName == "Hosts");

    private static bool IsHistory(TypeText type) =>
        type.Constructors.Any(c => c.Formals.Any(f => f.Name == "history"));

    private List<(ModuleText Module, string Field, string Constants)> FindHosts(ModuleText? system)
    {
        var found = new List<(ModuleText, string, string)>();
        if (system == null)
        {
            foreach (var module in program.Modules.Where(IsHostModule).OrderBy(m => m.At.File, StringComparer.Ordinal)
                .ThenBy(m => m.At.Line))
            {
                var field = FieldNameFor(module.Name);
                found.Add((module, field, field));
            }

            return found;
        }

        var constants = system.Types.FirstOrDefault(t => t.ShortName == "Constants")?.Constructors[0].Formals ?? [];
        foreach (var formal in HostsType(system)?.Constructors.SelectMany(c => c.Formals) ?? [])
        {
            var type = program.Expand(formal.Type);
            var module = type is { Name: "seq", Args: [{ ShortName: "Variables" } element] }
                ? program.Module(element.Module)
                : null;
            if (module == null)
            {
                Error(
                    HostsType(system)!.At,
                    $"field '{formal.Name}' of Hosts has type {formal.Type}; expected seq<HostModule.Variables>");
                continue;
            }

            var constantsType = module.Name + ".Constants";
            var match = constants.FirstOrDefault(
                f => program.Expand(f.Type) is { Name: "seq", Args: [var a] } && a.Name == constantsType);
            if (match == null)
            {
                Error(HostsType(system)!.At, $"Constants of the system has no field of type seq<{constantsType}>");
                continue;
            }

            found.Add((module, formal.Name, match.Name));
        }

        return found;
    }

    /// <summary>
    /// Where no system says what is a host, a module is one that has all but two of the marks: what it lacks is then
    /// told instead of the module being passed over.
    /// </summary>
    private static bool IsHostModule(ModuleText module)
    {
        bool[] marks =
        [
            .. new[] { "Constants", "Variables", "Step" }.Select(t => module.Types.Any(d => d.ShortName == t)),
            .. new[] { "GroupInit", "NextStep", "Next" }.Select(m => module.Members.Any(d => d.Name == m)),
        ];
        return marks.Count(m => m) >= marks.Length - 2;
    }

    /// <summary><c>CoordinatorHost</c> gives <c>coordinator</c>, as the published systems have it.</summary>
    private static string FieldNameFor(string module)
    {
        var stem = module.EndsWith("Host", StringComparison.Ordinal) && module.Length > 4 ? module[..^4] : module;
        stem = stem.Replace(".", "", StringComparison.Ordinal);
        return char.ToLowerInvariant(stem[0]) + stem[1..];
    }

    private HostKind? ReadHost(ModuleText module, string field, string constants)
    {
        var variables = program.Type(module.Name + ".Variables");
        var nextStep = program.Member(module.Name, "NextStep");
        var next = program.Member(module.Name, "Next");
        if (variables == null || nextStep?.Body == null || next?.Body == null)
        {
            var missing = variables == null ? "datatype Variables" : nextStep?.Body == null
                ? "predicate NextStep with a body" : "predicate Next with a body";
            Error(module.At, $"host module {module.Name} has no {missing}");
            return null;
        }

        var roles = Roles(module.Name, nextStep);
        foreach (var needed in new[] { Role.Constants, Role.Before, Role.After, Role.Step, Role.MsgOps })
        {
            if (!roles.Contains(needed))
            {
                Error(nextStep.At, $"NextStep of {module.Name} takes no argument for {Describe(needed)}");
                return null;
            }
        }

        var fields = new List<Field>();
        foreach (var (part, homes) in FieldTypes.OfState(program, new TypeRef(variables.Name, [])))
        {
            AddField(fields, [], part, homes, 0);
        }

        var transitions = new TransitionReader(program, module.Name, diagnostics).Read(nextStep, roles);
        var owns = program.Member(module.Name, "HostOwnsUniqueKey") != null;
        return new HostKind(module.Name, field, constants, module.At, fields, transitions, roles, owns);
    }

    private static string Describe(Role role) => role switch
    {
        Role.Constants => "the constants (type Constants)",
        Role.Before => "the old state (type Variables)",
        Role.After => "the new state (a second argument of type Variables, usually v')",
        Role.Step => "the step (type Step)",
        _ => "the messages of the step (type MessageOps)",
    };

    /// <summary>Roles by type; of the two states the one whose name ends in a prime is the new one.</summary>
    internal static List<Role> Roles(string module, MemberText member)
    {
        var roles = new List<Role>();
        var states = member.Formals.Where(f => f.Type.Name == module + ".Variables").ToList();
        foreach (var formal in member.Formals)
        {
            roles.Add(
                formal.Type.Name == module + ".Constants" ? Role.Constants
                : formal.Type.Name == module + ".Step" ? Role.Step
                : formal.Type.ShortName == "MessageOps" ? Role.MsgOps
                : states.Count == 2 && states.Contains(formal) ? StateRole(states, formal)
                : Role.Other);
        }

        return roles;
    }

    private static Role StateRole(List<FormalText> states, FormalText formal)
    {
        var after = states.FindIndex(s => s.Name.EndsWith('\''));
        return states.IndexOf(formal) == (after < 0 ? 1 : after) ? Role.After : Role.Before;
    }

    private void AddField(
        List<Field> fields, IReadOnlyList<string> prefix, FormalText part, IReadOnlyList<string> homes, int depth)
    {
        List<string> path = [.. prefix, part.Name];
        var monotonic = FieldTypes.IsMonotonic(program, part.Type);
        fields.Add(new Field(path, part.Type, monotonic) { In = homes });
        // A record within a record may hold annotated fields; four levels are more than anyone has written.
        if (monotonic || depth >= 4)
        {
            return;
        }

        foreach (var inner in FieldTypes.Parts(program, part.Type)
            .Where(i => program.Expand(i.Type).Name != program.Expand(part.Type).Name))
        {
            AddField(fields, path, inner, homes, depth + 1);
        }
    }

    private void Error(Place at, string message) => diagnostics.Add(new Diagnostic(Severity.Error, at, message));
}
