using System.Globalization;

namespace Outrider.Proofs.Proving;

/// <summary>The arguments of one verb: words, <c>--name value</c> options and <c>--flag</c>s.</summary>
internal sealed class VerbLine(string usage, IReadOnlyList<string> args, TextWriter stdout, TextWriter stderr)
{
    private readonly List<string> left = [.. args];

    public TextWriter Out { get; } = stdout;

    public TextWriter Error { get; } = stderr;

    /// <summary>Takes a flag and says whether it was there.</summary>
    public bool Flag(string name) => left.Remove("--" + name);

    /// <summary>Takes an option with its value, or answers null.</summary>
    /// <exception cref="UsageException">The value is missing.</exception>
    public string? Option(string name)
    {
        var at = left.IndexOf("--" + name);
        if (at < 0)
        {
            return null;
        }

        if (at + 1 >= left.Count)
        {
            throw new UsageException($"--{name} needs a value; usage: prove {usage}");
        }

        var value = left[at + 1];
        left.RemoveRange(at, 2);
        return value;
    }

    /// <summary>Takes a number within a range, or answers the default.</summary>
    /// <exception cref="UsageException">It is no number of the range.</exception>
    public long Number(string name, long otherwise, long least, long most)
    {
        if (Option(name) is not { } text)
        {
            return otherwise;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            && n >= least && n <= most
            ? n
            : throw new UsageException($"--{name} takes a number from {least} to {most}, not '{text}'");
    }

    /// <summary>Takes the one word of the verb; call it after the options.</summary>
    /// <exception cref="UsageException">There is none, or more is left over.</exception>
    public string Word(string what)
    {
        if (left.Find(a => a.StartsWith("--", StringComparison.Ordinal)) is { } unknown)
        {
            throw new UsageException($"there is no option {unknown}; usage: prove {usage}");
        }

        return left.Count == 1
            ? left[0]
            : throw new UsageException(
                $"{(left.Count == 0 ? "missing" : "more than one")} {what}; usage: prove {usage}");
    }

    /// <summary>Checks that nothing is left over; call it after the options of a verb without words.</summary>
    /// <exception cref="UsageException">Something is.</exception>
    public void End()
    {
        if (left.Count > 0)
        {
            throw new UsageException($"'{left[0]}' is not understood; usage: prove {usage}");
        }
    }
}
