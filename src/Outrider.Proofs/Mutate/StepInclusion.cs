using System.Text.RegularExpressions;
using Outrider.Proofs.Generate;
using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;
using Outrider.Proofs.Verify;

namespace Outrider.Proofs.Mutate;

/// <summary>What Dafny says of a fault seen against the protocol it was made from.</summary>
internal enum Inclusion
{
    Unknown,

    /// <summary>Every step the mutant can take is one of the protocol: what holds of that holds of this.</summary>
    Included,

    /// <summary>The changed text applies a function outside its domain: it has no meaning to break anything.</summary>
    Meaningless,
}

/// <summary>
/// Asks whether the steps of a mutated host are steps of the host as it was. The changed predicate and those that call
/// it stand under new names beside the old ones. What the initial states say and the changed steps keep may be
/// assumed: conjuncts of Init that a step breaks are left out until the rest is inductive.
/// </summary>
internal sealed class StepInclusion
{
    private const string FileName = "mutantAutogen.dfy";
    private const string Suffix = "OfMutant";
    private const int MaxRounds = 4;

    private readonly VerifyOptions options;
    private readonly HostKind host;
    private readonly ModuleText module;
    private readonly Mutation mutation;
    private readonly string directory;
    private readonly MemberText changed;
    private readonly MemberText? next;
    private readonly string[] lines;
    private readonly List<MemberText> copied;
    private readonly List<Expr> candidates;

    private StepInclusion(
        ProgramText program, HostKind host, MemberText changed, Mutation mutation, string directory,
        VerifyOptions options)
    {
        this.host = host;
        this.changed = changed;
        this.mutation = mutation;
        this.directory = directory;
        this.options = options;
        module = program.Module(host.Module)!;
        next = program.Member(host.Module, "Next");
        lines = File.ReadAllLines(mutation.File);
        copied = Callers();
        candidates = program.Member(host.Module, "Init") is { Body: { } body, Formals.Count: 2 } init
            && next != null ? [.. Conjuncts.Of(Named(body, init))] : [];
    }

    /// <param name="directory">Where the mutant's copy of the changed file lies.</param>
    public static Inclusion Ask(
        ProtocolModel model, Mutation mutation, string directory, VerifyOptions options)
    {
        foreach (var host in model.Hosts)
        {
            var changed = model.Program.Module(host.Module)!.Members.FirstOrDefault(
                m => m.At.File == mutation.File && m.At.Line <= mutation.Line && mutation.Line <= m.EndLine);
            if (changed != null)
            {
                return new StepInclusion(model.Program, host, changed, mutation, directory, options).Ask();
            }
        }

        return Inclusion.Unknown;
    }

    private Inclusion Ask()
    {
        if (next == null || !copied.Contains(next))
        {
            return Inclusion.Unknown;
        }

        try
        {
            for (var round = 0; round < MaxRounds; round++)
            {
                File.WriteAllText(Path.Combine(directory, FileName), Text());
                var result = new DafnyProcess(directory, options).Run([FileName], Suffix, 0, _ => { }, 2);
                if (Bad(result, changed.Name + Suffix))
                {
                    return Inclusion.Meaningless;
                }

                if (!Good(result, "Included" + Suffix) || !Good(result, "Begins" + Suffix))
                {
                    return Inclusion.Unknown;
                }

                var kept = candidates.Where((_, i) => Good(result, $"Keeps{i}{Suffix}")).ToList();
                if (kept.Count == candidates.Count)
                {
                    return Inclusion.Included;
                }

                candidates.Clear();
                candidates.AddRange(kept);
            }

            return Inclusion.Unknown;
        }
        finally
        {
            File.Delete(Path.Combine(directory, FileName));
        }
    }

    private bool Good(DafnyResult result, string name)
    {
        var own = result.Tasks.Where(t => t.Symbol == $"{host.Module}.{name}").ToList();
        return own.Count > 0 && own.TrueForAll(t => t.Outcome == ObligationOutcome.Correct);
    }

    private bool Bad(DafnyResult result, string name) =>
        result.Tasks.Any(t => t.Symbol == $"{host.Module}.{name}" && t.Outcome == ObligationOutcome.Failed);

    /// <summary>The changed predicate and all of its module that call it, in the order of the text.</summary>
    private List<MemberText> Callers()
    {
        var names = new SortedSet<string>(StringComparer.Ordinal) { changed.Name };
        var own = module.Members.Where(m => m.At.File == mutation.File && m.Kind != MemberKind.Lemma).ToList();
        for (var before = 0; before != names.Count;)
        {
            before = names.Count;
            names.UnionWith(own.Where(m => m.Body != null && Calls(m.Body, names)).Select(m => m.Name));
        }

        return [.. own.Where(m => names.Contains(m.Name))];
    }

    private bool Calls(Expr e, SortedSet<string> names) =>
        (e is CallExpr call && call.Owner == host.Module && names.Contains(call.Name))
        || Children.Of(e).Any(c => Calls(c, names));

    private string Text()
    {
        var text = string.Join('\n', lines[..changed.EndLine]) + "\n";
        var mutant = mutation.Apply(string.Join('\n', lines)).Split('\n');
        foreach (var member in copied)
        {
            var source = ReferenceEquals(member, changed) ? mutant : lines;
            text += "\n" + Renamed(string.Join('\n', source[(member.At.Line - 1)..member.EndLine])) + "\n";
        }

        return text + Lemmas() + string.Join('\n', lines[changed.EndLine..]) + "\n";
    }

    private string Renamed(string text)
    {
        foreach (var member in copied)
        {
            text = Regex.Replace(text, $@"(?<![\w.']){Regex.Escape(member.Name)}(?=\s*\()", member.Name + Suffix);
        }

        return text;
    }

    private string Lemmas()
    {
        var formals = Formals(next!);
        var args = string.Join(", ", next!.Formals.Select(f => f.Name));
        var (c, v, after, ops) = (Name(Role.Constants), Name(Role.Before), Name(Role.After), Name(Role.MsgOps));
        var requires = $"\n    requires Kept{Suffix}({c}, {v})\n    requires Next{Suffix}({args})";
        var silent = $"{ops}.(recv := None)";
        var text = $$"""

              ghost predicate Kept{{Suffix}}({{c}}: Constants, {{v}}: Variables) {
                true{{string.Concat(candidates.Select(e => $"\n    && ({Printer(null).Print(e)})"))}}
              }

            """;
        for (var i = 0; i < candidates.Count; i++)
        {
            var then = Printer(new SortedDictionary<string, string>(StringComparer.Ordinal) { [v] = after });
            text += $"\n  lemma Keeps{i}{Suffix}({formals}){requires}\n"
                + $"    ensures {then.Print(candidates[i])}\n  {{}}\n";
        }

        var taken = NextStep("step", ops).Replace("NextStep(", $"NextStep{Suffix}(", StringComparison.Ordinal);
        var hints = string.Concat(Steps().SelectMany((s, i) => new[]
        {
            $"\n    var h{i} := {NextStep(s, ops)};", $"\n    var k{i} := {NextStep(s, silent)};",
        }));
        // A step that changes no more than one which receives nothing is as good as that one.
        return text + Begins(c, v) + $$"""

              lemma Included{{Suffix}}({{formals}}){{requires}}
                ensures Next({{args}}) || Next({{args.Replace(ops, silent, StringComparison.Ordinal)}})
              {
                var step :| {{taken}};{{hints}}
              }

            """;
    }

    /// <summary>The initial states of all hosts together keep what is assumed of each.</summary>
    private string Begins(string c, string v)
    {
        var init = module.Members.First(m => m.Name == "GroupInit");
        var wf = module.Members.First(m => m.Name == "GroupWF");
        string Group(string type) =>
            init.Formals.First(f => f.Type is { Name: "seq", Args: [var a] } && a.Name == $"{host.Module}.{type}").Name;
        var (all, states) = (Group("Constants"), Group("Variables"));
        return $$"""

              lemma Begins{{Suffix}}({{Formals(init)}}, i: nat)
                requires GroupWF({{string.Join(", ", wf.Formals.Select(f => f.Name))}})
                requires GroupInit({{string.Join(", ", init.Formals.Select(f => f.Name))}})
                requires i < |{{all}}| && |{{all}}| == |{{states}}|
                ensures var {{c}} := {{all}}[i]; var {{v}} := {{states}}[i]; Kept{{Suffix}}({{c}}, {{v}})
              {}

            """;
    }

    /// <summary>Steps that may be named without knowing anything, and the mutant's own.</summary>
    private IEnumerable<string> Steps() => module.Types.First(t => t.ShortName == "Step").Constructors
        .Where(s => s.Formals.Count == 0).Select(s => $"Step.{s.Name}").Append("step");

    private string NextStep(string step, string ops)
    {
        var args = host.StepArgs.Select(r => r switch
        {
            Role.Step => step,
            Role.MsgOps => ops,
            _ => Name(r),
        });
        return $"NextStep({string.Join(", ", args)})";
    }

    private string Formals(MemberText member)
    {
        var printer = Printer(null);
        return string.Join(", ", member.Formals.Select(f => $"{f.Name}: {printer.Type(f.Type)}"));
    }

    private string Name(Role role)
    {
        var at = ModelReader.Roles(host.Module, next!).IndexOf(role);
        return at < 0 ? "_" : next!.Formals[at].Name;
    }

    private Expr Named(Expr body, MemberText init)
    {
        var values = new Dictionary<string, Expr>(StringComparer.Ordinal)
        {
            [init.Formals[0].Name] = new VarExpr(init.Formals[0].Type, 0, 0, Name(Role.Constants)),
            [init.Formals[1].Name] = new VarExpr(init.Formals[1].Type, 0, 0, Name(Role.Before)),
        };
        return Rewriter.Substitute(body, values);
    }

    private DafnyPrinter Printer(SortedDictionary<string, string>? names) => new(
        module.Imports.Where(i => i.Opened).Select(i => i.Target).Append(module.Name)
            .ToHashSet(StringComparer.Ordinal),
        names);
}
