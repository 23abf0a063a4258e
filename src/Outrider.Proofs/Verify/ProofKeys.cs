using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Verify;

/// <summary>
/// The cache key of each declaration: its own text, all it can see of what it names (bodies of functions and types,
/// signatures of lemmas), and the tools. By name and not by scope: a key may change without need, not stay by error.
/// </summary>
internal sealed partial class ProofKeys
{
    private sealed record Piece(string Name, string File, string Text, string Visible, bool Opens);

    private readonly SortedDictionary<string, List<Piece>> byName = new(StringComparer.Ordinal);
    private readonly List<(string File, string Symbol, Piece Piece)> symbols = [];
    private readonly HashSet<string> lemmas = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string[]> lines = new(StringComparer.Ordinal);
    private readonly string fingerprint;

    public ProofKeys(ProgramText program, string fingerprint)
    {
        this.fingerprint = fingerprint;
        foreach (var module in program.Modules)
        {
            var starts = module.Types.Select(t => t.At).Concat(module.Members.Select(m => m.At))
                .GroupBy(p => p.File).ToDictionary(g => g.Key, g => g.Select(p => p.Line).Order().ToList());
            foreach (var type in module.Types)
            {
                var next = starts[type.At.File].Find(l => l > type.At.Line);
                var text = Slice(type.At.File, type.At.Line, next == 0 ? int.MaxValue : next - 1);
                var piece = new Piece(type.ShortName, type.At.File, text, text, true);
                Add(piece);
                symbols.Add((type.At.File, type.Name.TrimStart('.'), piece));
                foreach (var name in type.Constructors.Select(c => c.Name))
                {
                    Add(piece with { Name = name });
                }

                AddMembers(type.Members);
            }

            AddMembers(module.Members);
        }
    }

    /// <summary>Lemmas and methods with a body: of these silence is no proof.</summary>
    public IReadOnlySet<string> Lemmas => lemmas;

    /// <summary>File, symbol and key of everything that Dafny verifies.</summary>
    public IEnumerable<(string File, string Symbol, string Key)> All()
    {
        foreach (var (file, symbol, piece) in symbols)
        {
            yield return (file, symbol, KeyOf(piece));
        }
    }

    private void AddMembers(IEnumerable<MemberText> members)
    {
        foreach (var m in members)
        {
            var text = Slice(m.At.File, m.At.Line, m.EndLine);
            var lemma = m.Kind is MemberKind.Lemma or MemberKind.Method;
            var visible = lemma ? Slice(m.At.File, m.At.Line, SignatureEnd(m)) : text;
            var piece = new Piece(m.Name, m.At.File, text, visible, !lemma);
            Add(piece);
            // Dafny's own name: what stands in no module has none before its dot.
            var symbol = m.FullName.TrimStart('.');
            symbols.Add((m.At.File, symbol, piece));
            if (lemma && m.HasBody)
            {
                lemmas.Add(symbol);
            }
        }
    }

    /// <summary>The last line of a clause, then on to the line that opens the body.</summary>
    private int SignatureEnd(MemberText m)
    {
        var last = m.Requires.Concat(m.Ensures).Select(LastLine).Prepend(m.At.Line).Max();
        var file = Lines(m.At.File);
        while (last < m.EndLine && !file[last - 1].TrimStart().StartsWith('{')
            && !file[last - 1].TrimEnd().EndsWith('{'))
        {
            last++;
        }

        return last;
    }

    private static int LastLine(Expr e) => Ir.Children.Of(e).Select(LastLine).Prepend(e.Line).Max();

    private string KeyOf(Piece piece)
    {
        var seen = new HashSet<Piece>(ReferenceEqualityComparer.Instance) { piece };
        var queue = new Queue<(Piece Piece, string Text)>([(piece, piece.Text)]);
        var parts = new List<string>();
        while (queue.Count > 0)
        {
            var (at, text) = queue.Dequeue();
            parts.Add(text);
            foreach (Match word in Word().Matches(text))
            {
                var name = word.Value.StartsWith("reveal_", StringComparison.Ordinal) ? word.Value[7..] : word.Value;
                foreach (var target in byName.GetValueOrDefault(name) ?? [])
                {
                    if (seen.Add(target))
                    {
                        queue.Enqueue((target, target.Visible));
                    }
                }
            }
        }

        parts.Sort(1, parts.Count - 1, StringComparer.Ordinal);
        var all = fingerprint + "\n" + string.Join("\n", parts);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)))[..20];
    }

    private void Add(Piece piece)
    {
        if (!byName.TryGetValue(piece.Name, out var list))
        {
            byName[piece.Name] = list = [];
        }

        list.Add(piece);
    }

    private string[] Lines(string file)
    {
        if (!lines.TryGetValue(file, out var text))
        {
            lines[file] = text = File.Exists(file) ? File.ReadAllLines(file) : [];
        }

        return text;
    }

    /// <summary>Lines from first to last without comments and spacing.</summary>
    private string Slice(string file, int first, int last)
    {
        var text = new StringBuilder();
        var all = Lines(file);
        for (var i = first; i <= Math.Min(last, all.Length); i++)
        {
            var line = all[i - 1];
            var comment = line.IndexOf("//", StringComparison.Ordinal);
            text.Append(comment < 0 ? line : line[..comment]).Append(' ');
        }

        return Spaces().Replace(text.ToString(), " ").Trim();
    }

    [GeneratedRegex(@"[A-Za-z_][A-Za-z0-9_']*")]
    private static partial Regex Word();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
