using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

/// <summary>
/// Reads the witness conditions a user adds: predicates <c>Custom{id}{transitions}WitnessCondition</c> of the module
/// CustomMessageInvariants. Here the name is the interface: nothing else says which transitions are meant.
/// </summary>
internal sealed class HintReader(ProgramText program, List<Diagnostic> diagnostics)
{
    private const string Prefix = "Custom";
    private const string Suffix = "WitnessCondition";

    public const string Module = "CustomMessageInvariants";

    public IReadOnlyList<CustomHint> Read(IReadOnlyList<HostKind> hosts)
    {
        var hints = new List<CustomHint>();
        foreach (var member in program.Module(Module)?.Members ?? [])
        {
            if (!member.Name.StartsWith(Prefix, StringComparison.Ordinal)
                || !member.Name.EndsWith(Suffix, StringComparison.Ordinal))
            {
                continue;
            }

            if (member.Formals.Count < 4)
            {
                diagnostics.Add(new Diagnostic(
                    Severity.Error, member.At,
                    $"{member.Name} must take (c, v, i, idx, ...): constants, variables, history index, host index"));
                continue;
            }

            var middle = member.Name[Prefix.Length..^Suffix.Length];
            var hint = hosts.Select(h => (Host: h, Steps: Split(middle, h))).FirstOrDefault(x => x.Steps != null);
            if (hint.Steps == null)
            {
                diagnostics.Add(new Diagnostic(
                    Severity.Error, member.At,
                    $"'{middle}' in {member.Name} is not an id followed by names of transitions of one host kind"));
                continue;
            }

            hints.Add(new CustomHint(member, hint.Host, hint.Steps));
        }

        return hints;
    }

    /// <summary>The shortest id that leaves a run of transition names.</summary>
    private static List<Transition>? Split(string text, HostKind host)
    {
        for (var id = 0; id < text.Length; id++)
        {
            if (Names(text[id..], host) is { Count: > 0 } names)
            {
                return names;
            }
        }

        return null;
    }

    private static List<Transition>? Names(string text, HostKind host)
    {
        if (text.Length == 0)
        {
            return [];
        }

        foreach (var t in host.Transitions.OrderByDescending(t => t.Name.Length))
        {
            if (text.StartsWith(t.Name, StringComparison.Ordinal) && Names(text[t.Name.Length..], host) is { } rest)
            {
                return [t, .. rest];
            }
        }

        return null;
    }
}
