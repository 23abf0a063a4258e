using System.Globalization;

namespace Outrider.Proofs.Explore;

/// <summary>Options and positional arguments of a verb; unknown options are refused by name.</summary>
internal sealed class CommandLine
{
    private readonly SortedDictionary<string, string> options = new(StringComparer.Ordinal);
    private readonly List<string> positional = [];

    public CommandLine(IReadOnlyList<string> args, string usage, string[] valued, string[] flags)
    {
        for (var i = 0; i < args.Count; i++)
        {
            var arg = args[i];
            if (!arg.StartsWith("--", StringComparison.Ordinal))
            {
                positional.Add(arg);
            }
            else if (flags.Contains(arg))
            {
                options[arg] = "";
            }
            else if (!valued.Contains(arg))
            {
                throw new UsageException($"unknown option {arg}; usage: {usage}");
            }
            else if (i + 1 == args.Count)
            {
                throw new UsageException($"{arg} needs a value; usage: {usage}");
            }
            else
            {
                options[arg] = args[++i];
            }
        }
    }

    public IReadOnlyList<string> Positional => positional;

    public bool Has(string name) => options.ContainsKey(name);

    public string? Text(string name) => options.GetValueOrDefault(name);

    public int Number(string name, int otherwise, int least = 0) => !options.TryGetValue(name, out var text) ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n >= least ? n
        : throw new UsageException($"{name} wants a whole number of at least {least}, not '{text}'");

    /// <summary>Reads <c>kind=n,kind=n</c>.</summary>
    public SortedDictionary<string, int> Sizes(string name)
    {
        var sizes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var part in (Text(name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0 || !int.TryParse(part[(at + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var n))
            {
                throw new UsageException($"{name} wants group=number, as in participants=3, not '{part}'");
            }

            sizes[part[..at]] = n;
        }

        return sizes;
    }
}
