namespace Outrider.Server.Http;

/// <summary>
/// What the HTTP port shows and does. A seam: a region set in this process stands behind it, or a single node of a
/// cluster of processes, or a stand-in in tests.
/// </summary>
internal interface IClusterControl
{
    /// <summary>Each check by name; null: it holds, otherwise why it does not.</summary>
    Task<IReadOnlyList<(string Check, string? Problem)>> ReadinessAsync(CancellationToken cancellation);

    /// <summary>Null while the process does its work.</summary>
    string? LivenessProblem();

    /// <summary>The cluster in one object, as <c>outrider status --json</c> prints it.</summary>
    Task<object> StatusAsync(CancellationToken cancellation);

    /// <summary>The newest records as a speculative reader sees them, for the console.</summary>
    Task<object> FeedAsync(CancellationToken cancellation);

    /// <summary>The text that scrapers take.</summary>
    string Metrics();

    /// <summary>The control plane in one object.</summary>
    Task<object> ControlPlaneAsync(CancellationToken cancellation);

    /// <param name="verb">kill, pause, resume, restart, add, remove or drain.</param>
    Task<ActOutcome> ActAsync(string node, string verb, bool powerLoss, CancellationToken cancellation);

    /// <summary>Faults in force between nodes.</summary>
    IReadOnlyList<object> Faults();

    ActOutcome Partition(string a, string b, bool oneWay);

    ActOutcome Delay(string a, string b, double delayMs);

    ActOutcome Heal();
}

/// <summary>What became of an act of administration.</summary>
internal abstract record ActOutcome
{
    private ActOutcome() { }

    public sealed record Done(string Message) : ActOutcome;

    public sealed record NotFound(string Reason) : ActOutcome;

    public sealed record Refused(string Reason) : ActOutcome;

    public sealed record TimedOut(string Reason) : ActOutcome;
}
