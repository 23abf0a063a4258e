using Outrider.Core;
using Outrider.Storage;

namespace Outrider.Simulation;

/// <summary>
/// One run of a system: which nodes there are, how a machine is built from what its journal holds, what clients do,
/// and what must hold. The world knows nothing else about the protocol it runs.
/// </summary>
public abstract class SimScenario
{
    public abstract MessageCodec Codec { get; }

    public abstract JournalOptions JournalOptionsOf(NodeId node);

    /// <summary>Adds the nodes and plants what the control plane holds before the first start.</summary>
    public abstract void SetUp(World world);

    /// <summary>A life begins.</summary>
    public abstract Machine Build(NodeId node, Recovered recovered);

    /// <summary>The clients begin; called after all nodes have started.</summary>
    public abstract void StartClients(World world);

    /// <summary>Records what a step made visible.</summary>
    public abstract void AfterStep(SimNode node, in Event e);

    public virtual void Started(SimNode node) { }

    /// <summary>Takes down the steps of the machines as a model has them; null for a system without a model.</summary>
    public virtual ModelRecorder? Recorder(int linesMax) => null;

    /// <summary>A life is about to end; its machine can still be looked at.</summary>
    public virtual void Stopped(SimNode node) { }

    /// <summary>Nodes that lead something now: favourite victims.</summary>
    public abstract IReadOnlyList<NodeId> Leaders(World world);

    /// <summary>
    /// Whether this step is one after which a crash is most telling (a new role, an answer acted on).
    /// </summary>
    public abstract bool IsTelling(SimNode node, in Event e);

    /// <summary>How much likelier than usual a crash is after this step; 0 for never.</summary>
    public virtual double TellingWeight(SimNode node, in Event e) => IsTelling(node, e) ? 1 : 0;

    /// <summary>Begins a play; null if none can begin now, or the system has none.</summary>
    internal virtual string? Play(NodeFaults nodes, Rng rng) => null;

    /// <summary>Whether the cluster must survive the loss of this disk now.</summary>
    public abstract bool MayLoseDisk(World world, SimNode node);

    /// <summary>Whether this disk may begin to rot: its node may have to be silent from then on.</summary>
    public virtual bool MayRot(World world, SimNode node) => true;

    /// <summary>A node's disk is lost; <paramref name="fresh"/> (already added, not started) takes its place.</summary>
    public abstract void Replaced(World world, SimNode lost, SimNode fresh);

    /// <summary>
    /// The nodes that stay healed in the liveness phase; all others are dead from then on. None when what was lost for
    /// good is more than the cluster promises to survive: then nothing can be asked of it but safety.
    /// </summary>
    public abstract IReadOnlyList<NodeId> DrawCore(World world, Rng rng);

    /// <summary>The fault-free phase begins.</summary>
    public virtual void Healed(World world) { }

    /// <summary>Null when everything works again; otherwise what is still missing.</summary>
    public abstract string? Unsettled(World world);

    /// <summary>No new operations: what is under way comes to its end before the history is judged.</summary>
    public virtual void Quiesce(World world) { }

    /// <summary>Null when nothing is under way any more; otherwise what is.</summary>
    public virtual string? Undrained(World world) => null;

    public abstract long AcknowledgedOperations { get; }

    public abstract long TermChanges { get; }

    /// <summary>Client operations issued, by (client, number): what shrinking may leave out.</summary>
    public abstract IReadOnlyList<(int Client, int Number)> Operations { get; }

    /// <summary>Whether a run of this scenario is worth nothing if the checker judged no fact.</summary>
    public virtual bool MustJudge(string checker) => true;

    /// <summary>Judges the recorded history; each checker says how many facts it looked at.</summary>
    public abstract IReadOnlyList<CheckerReport> Judge(World world);
}

/// <param name="Facts">How many facts it judged; zero after a whole run means that it checked nothing.</param>
/// <param name="Problem">Null when all of them held.</param>
public sealed record CheckerReport(string Checker, long Facts, string? Problem);

/// <summary>
/// A thing that can be simulated: builds the scenario of a seed and lists the bugs that can be planted.
/// </summary>
public abstract class SimSystem
{
    /// <summary>What --system calls it.</summary>
    public abstract string Name { get; }

    public abstract IReadOnlyList<PlantedBug> Bugs { get; }

    /// <summary>Adjusts the drawn weather to the system and to a directed workload.</summary>
    public abstract SimScenario Create(ulong seed, Swarm swarm, RunPlan plan);
}

/// <summary>A bug that can be put in, to see whether the simulator finds it.</summary>
/// <param name="Workload">Null: the generic one. Otherwise a directed workload, for bugs that random runs hardly
/// meet.</param>
public sealed record PlantedBug(string Name, string Area, string What, string? Workload = null);

/// <summary>What a run of a seed is told: a bug to plant, what to leave out, who listens.</summary>
public sealed class RunPlan
{
    public string? Bug { get; init; }
    public string? Workload { get; init; }

    /// <summary>Null: all that the seed brings. Otherwise only these.</summary>
    public SortedSet<FaultId>? OnlyFaults { get; init; }

    /// <summary>Null: all client operations. Otherwise only these, by (client, number).</summary>
    public SortedSet<(int Client, int Number)>? OnlyOperations { get; init; }

    /// <summary>Kinds of message trouble to leave out: loss, duplicate, replay, unknown, buggify.</summary>
    public SortedSet<string> Without { get; init; } = [];

    public int? Nodes { get; init; }

    /// <summary>Stops the run here although nothing has happened; shrinking cuts after the violation.</summary>
    public long? UntilMicros { get; init; }

    public Action<string>? Tracer { get; init; }

    /// <summary>The folder that traces for the models go to; null: none are taken.</summary>
    public string? ModelTraces { get; init; }

    /// <summary>Where such a trace ends.</summary>
    public int ModelTraceLines { get; init; } = 600;

    /// <summary>Leaves the time out of the lines: golden transcripts show order, not speed.</summary>
    public bool Timeless { get; init; }
}
