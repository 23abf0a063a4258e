using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

/// <summary>
/// Finds the transitions of a host kind by following NextStep through its calls. What an argument stands for comes from
/// how it is passed (<c>msgOps.recv.value</c> is the received message), not from its name.
/// </summary>
internal sealed class TransitionReader(ProgramText program, string module, List<Diagnostic> diagnostics)
{
    private const int MaxCallDepth = 12;
    private readonly List<Leaf> leaves = [];

    /// <summary>A predicate that constrains the new state, as met on the way from NextStep.</summary>
    private sealed class Leaf(MemberText? member, string name, Place at, Scope scope)
    {
        public MemberText? Member { get; } = member;
        public string Name { get; } = name;
        public Place At { get; } = at;
        public Scope Scope { get; } = scope;
        public List<string> Steps { get; } = [];
        public List<Field> Writes { get; } = [];
        public List<Expr> Guard { get; } = [];
        public MessageFacts Facts { get; } = new();
    }

    public List<Transition> Read(MemberText nextStep, IReadOnlyList<Role> roles)
    {
        var scope = Scope.Of(nextStep, roles, nextStep.At.File);
        if (nextStep.Body is MatchExpr match)
        {
            foreach (var branch in match.Cases)
            {
                var step = branch.Pattern is CtorPattern p ? p.Name : Transition.AnyStep;
                Descend(branch.Body, scope, null, step, new MessageFacts(), 0);
            }
        }
        else if (nextStep.Body != null)
        {
            Descend(nextStep.Body, scope, null, Transition.OnlyStep, new MessageFacts(), 0);
        }

        return Ordered().Select(Finish).ToList();
    }

    /// <summary>Declaration order of the predicates; cases with an update of their own come last.</summary>
    private IEnumerable<Leaf> Ordered()
    {
        var order = program.Module(module)?.Members.ToList() ?? [];
        return leaves.OrderBy(l => l.Member == null ? int.MaxValue : order.IndexOf(l.Member));
    }

    private void Descend(Expr body, Scope scope, MemberText? member, string step, MessageFacts facts, int depth)
    {
        var here = facts.Copy();
        here.Gather(program, body, scope);
        var writes = new UpdateReader(program, module, diagnostics).Read(body, scope);
        // A case of NextStep that only sends, and leaves the state as it is, is no stutter.
        if (writes != null && (member != null || writes.Count > 0 || here.Out.Count > 0))
        {
            AddLeaf(body, scope, member, step, here, writes);
        }

        if (depth >= MaxCallDepth)
        {
            return;
        }

        foreach (var (call, at) in Calls.PassingAfter(body, scope))
        {
            if (program.Member(call.Owner, call.Name) is { Body: { } inner } callee)
            {
                Descend(inner, at.Enter(callee, call), callee, step, here, depth + 1);
            }
        }
    }

    private void AddLeaf(
        Expr body, Scope scope, MemberText? member, string step, MessageFacts facts, List<Field> writes)
    {
        var leaf = member == null ? null : leaves.Find(l => ReferenceEquals(l.Member, member));
        if (leaf == null)
        {
            var at = member?.At ?? new Place(scope.File, body.Line, body.Column);
            leaf = new Leaf(member, member?.Name ?? step, at, scope);
            leaf.Writes.AddRange(writes);
            leaf.Guard.AddRange(Conjuncts.Of(body));
            leaves.Add(leaf);
        }

        leaf.Facts.Merge(facts);
        if (!leaf.Steps.Contains(step))
        {
            leaf.Steps.Add(step);
        }
    }

    private Transition Finish(Leaf leaf)
    {
        var roles = leaf.Member?.Formals.Select(f => leaf.Scope.RoleOf(f.Name)).ToArray() ?? [];
        var receives = leaf.Facts.Receives ?? roles.Contains(Role.InMsg);
        var sends = leaf.Facts.Sends ?? roles.Contains(Role.OutMsg);
        var kind = (receives, sends) switch
        {
            (true, true) => TransitionKind.ReceiveSend,
            (true, false) => TransitionKind.Receive,
            (false, true) => TransitionKind.Send,
            _ => TransitionKind.Local,
        };
        var reads = new List<IReadOnlyList<string>>();
        foreach (var conjunct in leaf.Guard)
        {
            Reads.Gather(program, conjunct, leaf.Scope, reads);
        }

        var looks = leaf.Guard.Any(g => Reads.SelectsFrom(g, leaf.Scope, Role.InMsg));
        return new Transition(
            leaf.Name, module, leaf.Member, leaf.At, kind, roles, leaf.Steps, leaf.Facts.In, leaf.Facts.Out, reads,
            leaf.Writes, leaf.Guard, looks);
    }
}
