using Outrider.Proofs.Generate;
using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Chase;

/// <summary>
/// Writes an attempt at a goal: opens its quantifiers and implications, then follows what they say of the state back to
/// the transitions and messages that caused it. Every block is guarded by what it needs, so that a wrong turn costs
/// time and not the proof.
/// </summary>
internal sealed class ScriptBuilder(
    ProtocolModel model, Vocabulary words, int depth, SetRules rules, bool triggers = false)
{
    private readonly List<Fact> given = [];
    private readonly List<(string Name, IReadOnlyList<HostKind> Kinds)> indices = [];
    private readonly List<Point> touched = [];
    private readonly List<string> keysNamed = [];
    private int counter;

    /// <summary>Depth 0 opens the goal and names owners; each further level follows causes one step more.</summary>
    public List<ProofNode> Build(Goal goal)
    {
        var root = new List<ProofNode>();
        if (depth > 0)
        {
            root.Add(new ProofNode("reveal_ValidHistory();", false));
        }

        Open(goal.Body, root, 0);
        return root;
    }

    private void Open(Expr e, List<ProofNode> into, int nesting)
    {
        switch (e)
        {
            case CallExpr call when nesting < 12 && FactReader.Inline(model.Program, call) is { } body:
                Open(body, into, nesting + 1);
                break;
            case BinderExpr { Kind: BinderKind.Forall } forall:
                OpenForall(forall, into, nesting);
                break;
            case BinaryExpr { Op: BinaryOp.Imp } implication:
                Suppose(implication.Left, into, inner => Open(implication.Right, inner, nesting + 1));
                break;
            case UnaryExpr { Op: UnaryOp.BoolNot } denial:
                Suppose(denial.Operand, into, Follow);
                break;
            default:
                // What the conclusion speaks of is worth naming, not following.
                touched.AddRange(GoalFacts(e).Select(f => f.Point));
                Follow(into);
                break;
        }
    }

    private void OpenForall(BinderExpr forall, List<ProofNode> into, int nesting)
    {
        var (range, body) = forall.Range != null ? (forall.Range, forall.Body)
            : forall.Body is BinaryExpr { Op: BinaryOp.Imp } i ? (i.Left, i.Right) : (null, forall.Body);
        var vars = string.Join(", ", forall.Variables.Select(v => $"{v.Name}: {words.Type(v.Type)}"));
        var trigger = triggers && Trigger(forall, range) is { } t ? $" {{:trigger {words.SpecPrinter.Print(t)}}}" : "";
        var head = $"forall {vars}{trigger}{(range == null ? "" : " | " + words.SpecPrinter.Print(range))}\n"
            + $"  ensures {words.SpecPrinter.Print(body)}";
        var group = new ProofNode(head, true, true);
        into.Add(group);
        foreach (var v in forall.Variables.Where(v => model.Program.Expand(v.Type).Name is "nat" or "int"))
        {
            var kinds = new List<HostKind>();
            KindsOf(v.Name, forall, kinds, 0);
            indices.Add((v.Name, kinds));
        }

        keysNamed.AddRange(forall.Variables.Where(IsKey).Select(v => v.Name));
        if (range != null)
        {
            given.AddRange(GoalFacts(range));
        }

        Open(body, group.Inside, nesting + 1);
    }

    /// <summary>
    /// A membership that names all variables. Dafny may split the statement and choose for a part of it a trigger that
    /// the goal's own quantifier never shows: everything inside is proved then, and the goal is not.
    /// </summary>
    private static Expr? Trigger(BinderExpr forall, Expr? range) => range == null ? null : Conjuncts.Of(range)
        .FirstOrDefault(e => e is BinaryExpr { Op: BinaryOp.InSet or BinaryOp.InMap or BinaryOp.InSeq }
            && forall.Variables.All(v => Names(e, v.Name)));

    private static bool Names(Expr e, string name) =>
        (e is VarExpr v && v.Name == name) || Children.Of(e).Any(c => Names(c, name));

    private bool IsKey(BoundVariable v) => model.Messages.KeyType is { } key
        && (v.Type.Name == key || model.Program.Expand(v.Type).Equals(model.Program.Expand(new TypeRef(key, []))));

    /// <summary>The host kinds whose sequences the variable indexes.</summary>
    private void KindsOf(string name, Expr e, List<HostKind> kinds, int nesting)
    {
        if (e is IndexExpr { Index: VarExpr v, Operand: FieldExpr group } && v.Name == name
            && model.Hosts.FirstOrDefault(
                h => h.SystemField == group.Name || h.ConstantsField == group.Name) is { } host)
        {
            kinds.Add(host);
        }

        if (e is CallExpr call && nesting < 6 && FactReader.Inline(model.Program, call) is { } body)
        {
            KindsOf(name, body, kinds, nesting + 1);
        }

        foreach (var child in Children.Of(e))
        {
            KindsOf(name, child, kinds, nesting);
        }
    }

    private void Suppose(Expr condition, List<ProofNode> into, Action<List<ProofNode>> rest)
    {
        var group = new ProofNode($"if {words.SpecPrinter.Print(condition)}", true, true);
        into.Add(group);
        given.AddRange(GoalFacts(condition));
        rest(group.Inside);
    }

    private List<Fact> GoalFacts(Expr condition) =>
        new FactReader(model.Program, words.SpecPrinter, GoalPoint).Read([condition]);

    /// <summary><c>v.Last().field[index]</c> and <c>v.History(i).field[index]</c></summary>
    private Point? GoalPoint(Expr e)
    {
        if (e is not IndexExpr { Operand: FieldExpr group } index
            || model.Hosts.FirstOrDefault(h => h.SystemField == group.Name) is not { } host)
        {
            return null;
        }

        var idx = words.SpecPrinter.Print(index.Index);
        return group.Operand switch
        {
            CallExpr { Name: "Last" } => new Point(host, idx, "|v.history| - 1"),
            CallExpr { Name: "History", Args: [var at] } => new Point(host, idx, words.SpecPrinter.Print(at)),
            IndexExpr { Operand: FieldExpr { Name: "history" }, Index: var at } =>
                new Point(host, idx, words.SpecPrinter.Print(at)),
            _ => null,
        };
    }

    private void Follow(List<ProofNode> into)
    {
        NameOwners(into);
        if (depth == 0)
        {
            return;
        }

        var chase = new CauseWriter(model, words, indices, depth, rules, () => ++counter);
        chase.Follow(given, into);
    }

    /// <summary>The ownership invariants speak of keys; a goal that does not must be given the terms.</summary>
    private void NameOwners(List<ProofNode> into)
    {
        if (!model.HasOwnership)
        {
            return;
        }

        var key = model.Program.Type(model.Messages.KeyType!);
        List<string> keys = key?.Kind == TypeKind.Datatype
            ? [.. keysNamed, .. key.Constructors.Where(c => c.Formals.Count == 0)
                .Select(c => $"{words.Printer.Qualified(key.Name)}.{c.Name}")]
            : keysNamed;
        var points = given.Select(f => f.Point).Concat(touched).Where(p => p.Host.Owns)
            .Select(p => (p.Host, p.Idx)).Distinct().ToList();
        foreach (var k in keys)
        {
            foreach (var (host, idx) in points)
            {
                into.Add(new ProofNode(
                    $"var owns{++counter} := {host.Module}.HostOwnsUniqueKey("
                    + $"c.{host.ConstantsField}[{idx}], v.Last().{host.SystemField}[{idx}], {k});",
                    false));
            }

            foreach (var host in points.Select(p => p.Host).Distinct())
            {
                into.Add(new ProofNode($"var none{++counter} := No{host.Module}OwnsKey(c, v, {k});", false));
            }
        }
    }
}
