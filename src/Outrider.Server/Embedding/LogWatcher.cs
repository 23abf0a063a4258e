using Outrider.Core;
using Outrider.Log;
using Outrider.Server.Nodes;

namespace Outrider.Server.Embedding;

/// <summary>Looks at the log a few times a second and tells in words what has changed.</summary>
internal sealed class LogWatcher(IReadOnlyList<HostedNode> nodes, LiveLayout layout, EventLog events) : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private LogStatus? _last;

    /// <summary>What was seen last.</summary>
    public LogStatus? Last => Volatile.Read(ref _last);

    public void Start() => _running = WatchAsync();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    /// <summary>The log as the first running node that answers sees it.</summary>
    public async Task<LogStatus?> AskAsync(CancellationToken cancellation)
    {
        foreach (var node in nodes)
            if (await AskAsync(node, cancellation).ConfigureAwait(false) is { } status) return status;
        return null;
    }

    /// <summary>The log as all running nodes see it together; null if none answers.</summary>
    public async Task<LogStatus?> AskAllAsync(CancellationToken cancellation)
    {
        var answers = await Task.WhenAll(nodes.Select(async node =>
            (node.Info.Id, await AskAsync(node, cancellation).ConfigureAwait(false)))).ConfigureAwait(false);
        return WholeStatus.Of(answers);
    }

    private static async Task<LogStatus?> AskAsync(HostedNode node, CancellationToken cancellation)
    {
        if (node.State != "running" || node.Door is not { } door) return null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            var reply = await door.AskFreelyAsync(new LogStatusAsk(), limit.Token).ConfigureAwait(false);
            return (reply as LogReply.Status)?.Value;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // This one hangs; the next may not.
            return null;
        }
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
            {
                if (await AskAsync(_stopping.Token).ConfigureAwait(false) is not { } now) continue;
                // Another node may lag behind the one asked before: only news is news.
                if (_last is { } before && now.View < before.View) continue;
                if (_last is { } known) Compare(known, now);
                Volatile.Write(ref _last, await WithRetentionAsync(now).ConfigureAwait(false));
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    /// <summary>What only the leader of the order can tell.</summary>
    private async Task<LogStatus> WithRetentionAsync(LogStatus status)
    {
        if (nodes.FirstOrDefault(node => node.Info.Id == status.OrderingLeader) is not { } leader) return status;
        return await AskAsync(leader, _stopping.Token).ConfigureAwait(false) is { } own
            ? status with { RetentionTrims = own.RetentionTrims, RetentionHeldBy = own.RetentionHeldBy } : status;
    }

    private void Compare(LogStatus before, LogStatus now)
    {
        if (now.OrderingLeader != before.OrderingLeader && !now.OrderingLeader.IsNone)
            events.Add(NameOf(now.OrderingLeader), "leads the ordering stream");
        if (now.RevokedTotal > before.RevokedTotal)
            events.Add("", $"{now.RevokedTotal - before.RevokedTotal} records revoked");
        foreach (var rid in now.Rids)
        {
            var earlier = before.Rids.FirstOrDefault(other => other.Rid == rid.Rid);
            if (earlier is null)
                events.Add(NameOf(rid.Primary), $"sub-log {rid.Rid} of {rid.Shard} begins, {rid.State}");
            else if (earlier.State != rid.State)
                events.Add(NameOf(rid.Primary), $"sub-log {rid.Rid} of {rid.Shard}: {earlier.State} -> {rid.State}");
            else if (earlier.Copies.Count != rid.Copies.Count)
                events.Add(NameOf(rid.Primary),
                    $"sub-log {rid.Rid} of {rid.Shard}: {earlier.Copies.Count} -> {rid.Copies.Count} copies");
        }
    }

    private string NameOf(NodeId node) => layout.Value.Find(node)?.Name ?? node.ToString();
}
