using System.Globalization;

namespace Outrider.Server.Configuration;

public enum OptionKind : byte
{
    Text,
    Flag,
    Integer,
    /// <summary>A TCP port; 0 lets the system choose.</summary>
    Port,
    /// <summary>A number with a unit: 250us, 80ms, 30s, 5m. A bare number is milliseconds.</summary>
    Duration,
    /// <summary>Words separated by commas.</summary>
    Words,
    Choice,
}

/// <summary>One option: the row from which parser, help, environment names, sample file and checks are made.</summary>
/// <param name="Name">As in the configuration file; the flag is "--name", the variable OUTRIDER_NAME.</param>
/// <param name="Kind">How its text is read.</param>
/// <param name="Default">What holds when nobody says anything; empty: unset.</param>
/// <param name="Section">Heading in help and sample file.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Choices">For <see cref="OptionKind.Choice"/>. A choice that ends in '=' takes a value after it.</param>
/// <param name="Min">Lowest number allowed.</param>
/// <param name="Max">Highest number allowed; of durations, in days.</param>
/// <param name="Secret">Shown as dots.</param>
public sealed record Option(
    string Name,
    OptionKind Kind,
    string Default,
    string Section,
    string Description,
    IReadOnlyList<string>? Choices = null,
    long Min = 0,
    long Max = int.MaxValue,
    bool Secret = false)
{
    public const string EnvironmentPrefix = "OUTRIDER_";

    public string FlagName => "--" + Name;

    // A week bounds every wait that makes sense here.
    private long DaysMax => Max == int.MaxValue ? 7 : Max;

    public string EnvironmentName => EnvironmentPrefix + Name.Replace('-', '_').ToUpperInvariant();

    /// <summary>What may be written, for help: "us,eu,asia", "true|false", "1..64".</summary>
    public string Form => Kind switch
    {
        OptionKind.Flag => "true|false",
        OptionKind.Integer => $"{Min}..{Max}",
        OptionKind.Port => "0..65535",
        OptionKind.Duration => "80ms",
        OptionKind.Words => "a,b,c",
        OptionKind.Choice => string.Join('|', Choices!),
        _ => "text",
    };

    /// <summary>Null when <paramref name="text"/> is a value of this option; otherwise what is wrong with it.</summary>
    public string? Problem(string text)
    {
        // Text and lists may be emptied; nothing else can be read out of nothing.
        if (text.Length == 0)
            return Kind is OptionKind.Text or OptionKind.Words || Default.Length == 0 ? null : "a value is missing";
        return Kind switch
        {
            OptionKind.Flag when !bool.TryParse(text, out _) => "write true or false",
            OptionKind.Integer => NumberProblem(text, Min, Max),
            OptionKind.Port => NumberProblem(text, 0, 65_535),
            OptionKind.Duration when ReadDuration(text) is not { } found || found.TotalDays > DaysMax =>
                $"write a number and a unit, at most {DaysMax} days: 250us, 80ms, 30s, 5m, 6h, 2d",
            OptionKind.Choice when !IsChoice(text) => $"write one of {string.Join(", ", Choices!)}",
            _ => null,
        };
    }

    /// <summary>Null when it is no duration.</summary>
    public static TimeSpan? ReadDuration(string text)
    {
        var digits = text.AsSpan().IndexOfAnyExcept("0123456789.");
        var (number, unit) = digits < 0 ? (text, "ms") : (text[..digits], text[digits..]);
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
            return null;
        // Keeps the arithmetic far from overflow.
        const double decadeMs = 3_660 * 24 * 3600 * 1000.0;
        double? ms = unit switch
        {
            "us" => value / 1000,
            "ms" => value,
            "s" => value * 1000,
            "m" => value * 60_000,
            "h" => value * 3_600_000,
            "d" => value * 24 * 3_600_000,
            _ => null,
        };
        return ms is { } found && found <= decadeMs ? TimeSpan.FromMilliseconds(found) : null;
    }

    private bool IsChoice(string text)
    {
        foreach (var choice in Choices!)
            if (choice.EndsWith('=') ? text.StartsWith(choice, StringComparison.Ordinal) : choice == text) return true;
        return false;
    }

    private static string? NumberProblem(string text, long min, long max)
    {
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            return "write a whole number";
        return value < min || value > max ? $"must be between {min} and {max}" : null;
    }
}
