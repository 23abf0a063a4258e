using System.Text.RegularExpressions;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Proving;

/// <summary>What a proof takes on trust: lemmas without a body, axioms, assumptions, unverified bodies.</summary>
internal static partial class TrustedBase
{
    private static readonly string[] Waivers = ["axiom", "verify", "extern"];

    public static IReadOnlyList<string> Of(ProgramText program, string directory)
    {
        var found = new List<string>();
        var files = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var member in program.Modules.SelectMany(m => m.Members.Concat(m.Types.SelectMany(t => t.Members))))
        {
            files.Add(member.At.File);
            var waiver = member.Attributes.FirstOrDefault(Waivers.Contains);
            var lemma = member.Kind is MemberKind.Lemma or MemberKind.Method;
            // Dafny itself declares a lemma to reveal each opaque function.
            var own = member.Name.StartsWith("reveal_", StringComparison.Ordinal);
            if (!own && (waiver != null || (lemma && !member.HasBody)))
            {
                found.Add($"{Short(member.At, directory)}: {member.FullName} ({waiver ?? "no body"})");
            }
        }

        foreach (var file in files.Where(File.Exists))
        {
            var lines = File.ReadAllLines(file);
            for (var i = 0; i < lines.Length; i++)
            {
                if (Assumption().Match(lines[i].Split("//")[0]) is { Success: true } m)
                {
                    found.Add($"{Short(new Place(file, i + 1, m.Index + 1), directory)}: {m.Value.Trim()}");
                }
            }
        }

        return found;
    }

    private static Place Short(Place at, string directory) =>
        at with { File = Path.GetRelativePath(Path.GetFullPath(directory), at.File) };

    [GeneratedRegex(@"\b(assume|expect)\b|decreases \*")]
    private static partial Regex Assumption();
}
