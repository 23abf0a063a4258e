using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Chase;

/// <summary>What a case of NextStep calls the values of its step.</summary>
internal static class StepNames
{
    /// <summary>The variables of a case's pattern, as parts of the step.</summary>
    public static SortedDictionary<string, string> Of(
        ProgramText program, Transition t, MemberText nextStep, string step)
    {
        var names = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var pattern = (nextStep.Body as MatchExpr)?.Cases.Select(c => c.Pattern).OfType<CtorPattern>()
            .FirstOrDefault(p => t.Steps.Contains(p.Name));
        var formals = program.Type(t.Host + ".Step")?.Constructors
            .FirstOrDefault(c => c.Name == pattern?.Name)?.Formals ?? [];
        for (var i = 0; pattern != null && i < Math.Min(pattern.Args.Count, formals.Count); i++)
        {
            if (pattern.Args[i] is VarPattern variable)
            {
                names[variable.Name] = $"{step}.{formals[i].Name}";
            }
        }

        return names;
    }
}
