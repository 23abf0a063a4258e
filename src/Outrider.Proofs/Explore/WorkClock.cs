namespace Outrider.Proofs.Explore;

/// <summary>Processor time since it was made: a search looks as far on a busy machine as on an idle one.</summary>
internal sealed class WorkClock
{
    private readonly TimeSpan start = Environment.CpuUsage.TotalTime;

    public TimeSpan Elapsed => Environment.CpuUsage.TotalTime - start;
}
