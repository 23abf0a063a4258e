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

    /// <summary>Slots of the log that no copy answers for; null: no node can tell.</summary>
    Task<object?> MissingAsync(CancellationToken cancellation);

    /// <summary>Declares lost what no copy of a sub-log answers for.</summary>
    Task<ActOutcome> GiveUpAsync(int rid, bool force, CancellationToken cancellation);

    /// <param name="verb">kill, pause, resume, restart, add, remove or drain.</param>
    Task<ActOutcome> ActAsync(string node, string verb, NodeAct act, CancellationToken cancellation);

    /// <summary>Faults in force between nodes.</summary>
    IReadOnlyList<object> Faults();

    ActOutcome Partition(string a, string b, bool oneWay);

    ActOutcome Delay(string a, string b, double delayMs);

    ActOutcome Heal();
}

/// <summary>What an act on a node may say besides its verb.</summary>
/// <param name="PowerLoss">For kill: what was not synced is garbled.</param>
/// <param name="Clients">For add, where nodes are started by hand: where the new one's clients will connect.</param>
/// <param name="Links">Likewise: where the other nodes will reach it.</param>
/// <param name="Http">Likewise: its HTTP port.</param>
internal sealed record NodeAct(
    bool PowerLoss = false, string? Clients = null, string? Links = null, string? Http = null)
{
    public bool HasAddresses => Clients is not null || Links is not null || Http is not null;
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
