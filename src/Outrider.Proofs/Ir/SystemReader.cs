using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

/// <summary>Reads how the distributed system takes a step, so that generated text can name that step.</summary>
internal sealed class SystemReader(ProgramText program, List<Diagnostic> diagnostics)
{
    private static readonly string[] Helpers =
        ["ValidVariables", "InitImpliesValidVariables", "InvNextValidVariables", "VariableNextProperties"];

    public SystemShape Read(ModuleText? module)
    {
        if (module == null)
        {
            return SystemShape.Missing;
        }

        var next = program.Member(module.Name, "Next");
        var binder = next?.Body == null ? null : FindStep(next.Body);
        if (binder == null)
        {
            Error(
                next?.At ?? module.At,
                "Next of the distributed system must say 'exists step :: NextStep(...)' over the last two snapshots");
            return SystemShape.Missing with { Module = module.Name, Written = true };
        }

        foreach (var name in Helpers.Where(n => program.Member(module.Name, n) == null))
        {
            Error(
                module.At,
                $"the distributed system has no {name}; 'prove gen --system' writes this file from the hosts");
        }

        var step = program.Type(module.Name + ".Step");
        var ops = step?.Constructors.FirstOrDefault()?.Formals
            .FirstOrDefault(f => program.Expand(f.Type).ShortName == "MessageOps")?.Name;
        if (ops == null || step!.Constructors.Any(c => c.Formals.All(f => f.Name != ops)))
        {
            Error(
                step?.At ?? module.At,
                "every constructor of the system's Step needs the same field of type MessageOps");
        }

        return new SystemShape(module.Name, ops ?? "msgOps", binder.Variables[0].Name, binder.Body, true);
    }

    private static BinderExpr? FindStep(Expr e)
    {
        if (e is BinderExpr { Kind: BinderKind.Exists, Range: null, Variables.Count: 1 } binder)
        {
            return binder;
        }

        foreach (var child in Children.Of(e))
        {
            if (FindStep(child) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private void Error(Place at, string message) => diagnostics.Add(new Diagnostic(Severity.Error, at, message));
}
