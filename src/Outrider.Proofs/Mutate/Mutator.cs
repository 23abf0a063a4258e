using System.Text.RegularExpressions;
using Outrider.Proofs.Explore;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Mutate;

/// <summary>
/// Finds the one-token faults of a protocol: in the predicates that say what a step of a host may do.
/// </summary>
public sealed partial class Mutator(Protocol protocol)
{
    private static readonly (string Class, string Old, string New)[] Swaps =
    [
        ("quorum or bound off by one", " > ", " >= "), ("quorum or bound off by one", " >= ", " > "),
        ("quorum or bound off by one", " <= ", " < "), ("quorum or bound off by one", " < ", " <= "),
        ("comparison turned round", " <= ", " >= "), ("comparison turned round", " < ", " > "),
        ("number off by one", " + 1", " + 2"), ("number off by one", " + 1", ""),
        ("set grows or shrinks", " + {", " - {"),
        ("truth value", " := true", " := false"), ("truth value", " := false", " := true"),
    ];

    public IReadOnlyList<Mutation> All()
    {
        var found = new List<Mutation>();
        foreach (var group in protocol.Groups.DistinctBy(g => g.Module))
        {
            foreach (var member in protocol.Program.Module(group.Module)!.Members)
            {
                if (member.Body != null && member.Name is not ("Next" or "NextStep")
                    && member.Formals.Any(f => f.Name == "v'"))
                {
                    Collect(member, found);
                }
            }
        }

        return [.. found.Distinct()];
    }

    private void Collect(MemberText member, List<Mutation> found)
    {
        var lines = File.ReadAllLines(member.At.File);
        var inside = false;
        string? variant = null;
        for (var n = member.At.Line; n <= member.EndLine && n <= lines.Length; n++)
        {
            var line = lines[n - 1];
            if (!inside)
            {
                // The signature ends where the body's brace stands at the end of a line.
                inside = line.TrimEnd().EndsWith('{');
                continue;
            }

            if (line.Contains("msgOps.", StringComparison.Ordinal)
                || line.TrimStart().StartsWith("//", StringComparison.Ordinal))
            {
                continue;
            }

            variant = Received().Match(line) is { Success: true } m ? m.Groups[1].Value : variant;
            Tokens(member.At.File, n, line, found);
            WrongFields(member.At.File, n, line, variant, found);
            DroppedGuard(member.At.File, n, line, found);
        }
    }

    private static void Tokens(string file, int n, string line, List<Mutation> found)
    {
        foreach (var (name, old, replacement) in Swaps)
        {
            for (var at = line.IndexOf(old, StringComparison.Ordinal); at >= 0;
                at = line.IndexOf(old, at + 1, StringComparison.Ordinal))
            {
                found.Add(new Mutation(name, file, n, at + 1, old, replacement));
            }
        }

        if (!line.Contains("v' ==", StringComparison.Ordinal) && !line.Contains("outMsg ==", StringComparison.Ordinal)
            && line.IndexOf(" == ", StringComparison.Ordinal) is >= 0 and var equal)
        {
            found.Add(new Mutation("equality negated", file, n, equal + 1, " == ", " != "));
        }
    }

    // A field of the message or the state in place of another of the same type.
    private void WrongFields(string file, int n, string line, string? variant, List<Mutation> found)
    {
        foreach (Match use in MessageField().Matches(line))
        {
            var name = use.Groups[1].Value;
            foreach (var other in SameType(name, variant))
            {
                found.Add(new Mutation("wrong field", file, n, use.Groups[1].Index + 1, name, other));
            }
        }

        foreach (Match use in Constructor().Matches(line))
        {
            foreach (var other in Siblings(use.Value))
            {
                found.Add(new Mutation("wrong constructor", file, n, use.Index + 1, use.Value, other));
            }
        }
    }

    private static void DroppedGuard(string file, int n, string line, List<Mutation> found)
    {
        var trimmed = line.Trim();
        if (trimmed.StartsWith("&& ", StringComparison.Ordinal) && Whole(trimmed)
            && !trimmed.Contains("v' ==", StringComparison.Ordinal)
            && !trimmed.Contains("outMsg", StringComparison.Ordinal)
            && !VariantGuard().IsMatch(trimmed) && !trimmed.StartsWith("&& var ", StringComparison.Ordinal)
            && !trimmed.StartsWith("&& if ", StringComparison.Ordinal))
        {
            var old = trimmed[3..];
            found.Add(new Mutation(
                "guard dropped", file, n, line.IndexOf(old, StringComparison.Ordinal) + 1, old, "true"));
        }
    }

    private static bool Whole(string text) =>
        text.Count(ch => ch is '(' or '{' or '[') == text.Count(ch => ch is ')' or '}' or ']');

    // Fields of another variant than the one received have no value: such a text has no meaning.
    private SortedSet<string> SameType(string field, string? variant)
    {
        var others = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var ctor in protocol.Program.Modules.SelectMany(m => m.Types)
            .Where(t => t.ShortName == "Message").SelectMany(t => t.Constructors)
            .Where(c => variant == null || c.Name == variant))
        {
            if (ctor.Formals.FirstOrDefault(f => f.Name == field) is { } own)
            {
                var type = protocol.Program.Expand(own.Type);
                others.UnionWith(ctor.Formals
                    .Where(f => f.Name != field && protocol.Program.Expand(f.Type).Equals(type)).Select(f => f.Name));
            }
        }

        return others;
    }

    private IEnumerable<string> Siblings(string ctor) => protocol.Program.Modules.SelectMany(m => m.Types)
        .Where(t => t.ShortName is not ("Step" or "Message")
            && t.Constructors.Any(c => c.Name == ctor && c.Formals.Count == 0))
        .SelectMany(t => t.Constructors).Where(c => c.Name != ctor && c.Formals.Count == 0).Select(c => c.Name)
        .Distinct();

    [GeneratedRegex(@"\binMsg\.(\w+)\b(?!\?)")]
    private static partial Regex MessageField();

    [GeneratedRegex(@"\binMsg\.(\w+)\?")]
    private static partial Regex Received();

    [GeneratedRegex(@"\b[A-Z]\w*\b(?![\w(.?])")]
    private static partial Regex Constructor();

    // Which variant a step takes or sends is the step's own name; without it the text is not even meaningful.
    [GeneratedRegex(@"^&& (inMsg|outMsg)\.\w+\?$")]
    private static partial Regex VariantGuard();
}
