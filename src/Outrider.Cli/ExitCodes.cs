namespace Outrider.Cli;

/// <summary>Every exit code of the program; <c>outrider help exit-codes</c> prints this table.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;
    public const int Negative = 1;
    public const int Usage = 2;
    public const int CannotConnect = 3;
    public const int Rejected = 4;
    public const int Timeout = 5;
    public const int InputOutput = 6;
    public const int ToolMissing = 7;
    public const int Bug = 70;
    public const int Interrupted = 130;

    public static readonly IReadOnlyList<(int Code, string Meaning)> Table =
    [
        (Ok, "done"),
        (Negative, "a negative answer: unhealthy, not found, a check or a target missed"),
        (Usage, "the command line is wrong"),
        (CannotConnect, "no node answers at the address"),
        (Rejected, "the server refused the request"),
        (Timeout, "no answer in time; a write may or may not have happened"),
        (InputOutput, "a file or the disk failed"),
        (ToolMissing, "a program that this command needs is missing; the message says how to get it"),
        (Bug, "a bug of this program"),
        (80, "simulator: an assertion of a machine failed"),
        (81, "simulator: no progress on a healed cluster"),
        (82, "simulator: a safety property is broken"),
        (83, "simulator: the same seed gave two different runs"),
        (Interrupted, "interrupted from the keyboard"),
    ];
}
