using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Generate;

/// <summary>The terms of all generated modules: states in the history, transitions, the system's step.</summary>
internal sealed class Vocabulary
{
    private static readonly string[] AlwaysOpened = ["UtilitiesLibrary", "MonotonicityLibrary"];
    private static readonly string[] TakenNames =
        ["c", "v", "v'", "i", "j", "idx", "msg", "inMsg", "outMsg", "dsStep", "step", "taken", "msgOps"];

    private readonly List<string> openedInOrder = [];
    private readonly SortedSet<string> opened = new(StringComparer.Ordinal);

    public Vocabulary(ProtocolModel model)
    {
        Model = model;
        Open(model.Messages.Module);
        foreach (var library in AlwaysOpened)
        {
            Open(library);
        }

        Open(model.System.Module);
        Printer = new DafnyPrinter(opened);
        SpecPrinter = new DafnyPrinter(new SortedSet<string>(opened, StringComparer.Ordinal) { "Obligations" });
    }

    /// <summary>Prints for a module that opens the specification too.</summary>
    public DafnyPrinter SpecPrinter { get; }

    public ProtocolModel Model { get; }

    public DafnyPrinter Printer { get; }

    /// <summary>The imports of a generated module, two spaces deep.</summary>
    public string Imports()
    {
        var lines = openedInOrder.Select(m => $"  import opened {m}").ToList();
        lines.AddRange(Model.Hosts.Select(h => $"  import {h.Module}"));
        foreach (var module in OtherModules())
        {
            lines.Add($"  import {module}");
        }

        return string.Join("\n", lines);
    }

    /// <summary>The specification's printer with some names replaced.</summary>
    public DafnyPrinter With(IReadOnlyDictionary<string, string> names) =>
        new(new SortedSet<string>(opened, StringComparer.Ordinal) { "Obligations" }, names);

    /// <summary>The stem of an atom's lemmas: two host kinds may have transitions of the same name.</summary>
    public string StemOf(Atom atom)
    {
        if (atom.IsPart)
        {
            return "Chase" + atom.Host.Module + string.Concat(
                atom.Fields[0].Path.Select(name => char.ToUpperInvariant(name[0]) + name[1..]));
        }

        foreach (var host in Model.Hosts)
        {
            foreach (var other in Atom.Of(host))
            {
                if (other.Stem == atom.Stem)
                {
                    return other.Host == atom.Host ? atom.Stem : atom.Host.Module + atom.Stem;
                }
            }
        }

        return atom.Stem;
    }

    public string Message => Printer.Qualified(Model.Messages.Type);

    public string Ops => Printer.Qualified(Model.Messages.OpsType);

    public string Type(TypeRef type) => Printer.Type(type);

    public static string State(HostKind host, string v, string index, string idx) =>
        $"{v}.History({index}).{host.SystemField}[{idx}]";

    public static string Constants(HostKind host, string idx) => $"c.{host.ConstantsField}[{idx}]";

    /// <summary>The range of host indices, for an index that may be negative.</summary>
    public static string InRange(HostKind host, string idx) => $"0 <= {idx} < |c.{host.ConstantsField}|";

    /// <summary>A transition of a host from one term to the next; the names of its extras end in the suffix.</summary>
    public static string Call(
        Transition t, string constants, string before, string after, string inMsg, string outMsg, string suffix = "")
    {
        var args = t.Roles.Select((r, i) => r switch
        {
            Role.Constants => constants,
            Role.Before => before,
            Role.After => after,
            Role.InMsg => inMsg,
            Role.OutMsg => outMsg,
            Role.Recv => t.Receives ? $"Some({inMsg})" : "None",
            Role.Send => t.Sends ? $"Some({outMsg})" : "None",
            _ => Extra(t.Member!.Formals[i], r, suffix),
        });
        return $"{t.Member!.FullName}({string.Join(", ", args)})";
    }

    /// <summary>The name for an extra argument where a transition is quoted: no other name there is like it.</summary>
    public static string Extra(FormalText formal, Role role, string suffix = "") => role switch
    {
        Role.MsgOps => "msgOps" + suffix,
        Role.Step => "step" + suffix,
        _ when suffix.Length > 0 => formal.Name + "_" + suffix,
        _ => TakenNames.Contains(formal.Name) ? formal.Name + "_" : formal.Name,
    };

    public static string NextStep(HostKind host, string constants, string before, string after, string step, string ops)
    {
        var args = host.StepArgs.Select(r => r switch
        {
            Role.Constants => constants,
            Role.Before => before,
            Role.After => after,
            Role.Step => step,
            _ => ops,
        });
        return $"{host.Module}.NextStep({string.Join(", ", args)})";
    }

    /// <summary>The system's step as a fact about <paramref name="step"/>, over <c>c v v'</c>.</summary>
    public string SystemStep(string step)
    {
        if (Model.System.StepCall is not { } call)
        {
            return $"NextStep(c, v.Last(), v'.Last(), v.network, v'.network, {step})";
        }

        var names = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [Model.System.StepVariable] = step,
        };
        var formals = Model.Program.Member(Model.System.Module, "Next")!.Formals;
        foreach (var (formal, name) in formals.Zip(new[] { "c", "v", "v'" }))
        {
            names[formal.Name] = name;
        }

        return new DafnyPrinter(opened, names).Print(call);
    }

    public string OpsOf(string step) => $"{step}.{Model.System.MsgOpsField}";

    private void Open(string module)
    {
        if (module.Length > 0 && Model.Program.Module(module) != null && opened.Add(module))
        {
            openedInOrder.Add(module);
        }
    }

    /// <summary>Modules of the types of fields and of what steps choose, beside those opened and the hosts.</summary>
    private SortedSet<string> OtherModules()
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var fields = Model.Hosts.SelectMany(h => Atom.Of(h)).SelectMany(a => a.Fields).Select(f => f.Type);
        var extras = Model.Messages.Variants.Select(m => m.Sender).OfType<Transition>()
            .SelectMany(t => t.Extras).Select(e => e.Formal.Type);
        foreach (var type in fields.Concat(extras))
        {
            Gather(type, found);
        }

        return found;
    }

    private void Gather(TypeRef type, SortedSet<string> found)
    {
        var module = type.Module;
        if (module.Length > 0 && !opened.Contains(module) && Model.Host(module) == null)
        {
            found.Add(module);
        }

        foreach (var a in type.Args)
        {
            Gather(a, found);
        }
    }
}
