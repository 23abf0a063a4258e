using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>
/// A control plane in a directory that all processes of one machine share; no process owns it. Calls of one process
/// are gathered by one thread: what waits together becomes one generation, one sync. A lock file keeps processes from
/// working in vain; it is waited for a bounded time and then done without, for safety does not rest on it
/// (<see cref="FileControlStore"/>): a dead or stopped holder delays others by that time at most.
/// </summary>
public sealed class FileControlPlane : IControlPlane, IDisposable
{
    private const int RetriesMax = 20;
    private const long TellEveryMicros = 10_000;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LockPatience = TimeSpan.FromMilliseconds(200);

    private readonly FileControlStore _store;
    private readonly FileLeases _leases;
    private readonly string _lockFile;
    private readonly ILogger _log;
    private readonly BlockingCollection<Job> _jobs = [];
    private readonly List<Watcher> _watchers = [];
    private readonly Thread _thread;
    private SortedDictionary<string, ControlValue> _seen = new(StringComparer.Ordinal);
    private long _toldMicros;
    private volatile bool _stopping;

    /// <summary>Opens, and if need be makes, the control plane in a directory of its own.</summary>
    public FileControlPlane(string directory, ILoggerFactory? logs = null)
    {
        _log = (logs ?? NullLoggerFactory.Instance).CreateLogger("Outrider.Control");
        _store = new FileControlStore(directory);
        _leases = new FileLeases(Path.Combine(directory, "leases"));
        _lockFile = Path.Combine(directory, "lock");
        _seen = Everything();
        _thread = new Thread(Run) { Name = "control plane", IsBackground = true };
        _thread.Start();
    }

    public void Call(NodeId node, ControlCall call, Action<ControlAnswer> answer, Action<ControlChange> change)
    {
        try
        {
            _jobs.Add(new Job(node, call, answer, change));
        }
        catch (Exception e) when (e is InvalidOperationException or ObjectDisposedException)
        {
            answer(new ControlAnswer.Unknown(call.Id, "the control plane is closed"));
        }
    }

    /// <summary>A dead life's watches tell nobody anything.</summary>
    public void Forget(NodeId node)
    {
        lock (_watchers) _watchers.RemoveAll(w => w.Node == node);
    }

    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        _jobs.CompleteAdding();
        _thread.Join();
        _jobs.Dispose();
        _store.Dispose();
    }

    private sealed class Job(
        NodeId node, ControlCall call, Action<ControlAnswer> answer, Action<ControlChange> change)
    {
        public NodeId Node => node;
        public ControlCall Call => call;
        public Action<ControlAnswer> Answer => answer;
        public Action<ControlChange> Change => change;
        public long AtMicros { get; } = MonotonicClock.NowMicros;
    }

    private sealed record Watcher(NodeId Node, string Prefix, Action<ControlChange> Change);

    private void Run()
    {
        var batch = new List<Job>();
        while (!_stopping)
        {
            batch.Clear();
            try
            {
                // Polling sees what other processes change; what this one changes is told at the end of the same turn.
                if (_jobs.TryTake(out var first, PollInterval))
                {
                    batch.Add(first);
                    while (batch.Count < 256 && _jobs.TryTake(out var next)) batch.Add(next);
                    Carry(batch);
                }

                Tell();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                RuntimeLog.Control(_log, e.Message);
                foreach (var job in batch) Answer(job, new ControlAnswer.Unknown(job.Call.Id, e.Message));
            }
        }

        while (_jobs.TryTake(out var late)) Answer(late, new ControlAnswer.Unknown(late.Call.Id, "closed"));
    }

    private void Carry(List<Job> batch)
    {
        // A watch stands before anything else of its batch is looked at: no change can fall between the two.
        foreach (var job in batch)
        {
            if (job.Call is not ControlCall.Watch watch) continue;
            lock (_watchers)
            {
                _watchers.RemoveAll(w => w.Node == job.Node && w.Prefix == watch.Prefix);
                _watchers.Add(new Watcher(job.Node, watch.Prefix, job.Change));
            }
        }

        foreach (var job in batch)
            if (job.Call is ControlCall.KeepLease lease) _leases.Keep(job.Node, lease.Name, lease.TtlMs);
        var compares = batch.FindAll(j => j.Call is ControlCall.CompareAndSet);
        var compared = compares.Count > 0 ? Compare(compares) : [];
        // Reads are taken after the batch's writes have been decided: any order among what waits together is allowed.
        var everything = batch.Exists(j => j.Call is ControlCall.Read or ControlCall.List) ? Everything() : [];
        foreach (var job in batch)
        {
            ControlAnswer answer = job.Call switch
            {
                ControlCall.CompareAndSet => compared[job],
                ControlCall.Read read => new ControlAnswer.Values(read.Id,
                    [everything.TryGetValue(read.Key, out var value) ? value : new ControlValue(read.Key, 0, default)]),
                ControlCall.List list => new ControlAnswer.Values(list.Id,
                    [.. everything.Values.Where(v => v.Key.StartsWith(list.Prefix, StringComparison.Ordinal))]),
                ControlCall.KeepLease or ControlCall.Watch => new ControlAnswer.Done(job.Call.Id),
                var other => throw Check.Unreachable(other),
            };
            Answer(job, answer);
        }

        batch.Clear();
    }

    private Dictionary<Job, ControlAnswer> Compare(List<Job> jobs)
    {
        using var held = TryLock();
        for (var attempt = 0; attempt < RetriesMax; attempt++)
        {
            var next = _store.Load().Next(out var mark);
            var answers = new Dictionary<Job, ControlAnswer>();
            var won = false;
            foreach (var job in jobs)
            {
                var outcomes = new List<ControlOutcome>();
                foreach (var write in ((ControlCall.CompareAndSet)job.Call).Writes) outcomes.Add(next.Apply(write));
                won |= outcomes.Exists(o => o.Won);
                answers[job] = new ControlAnswer.Compared(job.Call.Id, outcomes);
            }

            // What lost everywhere changes nothing, and was compared with the newest state.
            var outcome = won ? _store.Commit(next, mark) : CommitOutcome.Won;
            if (outcome == CommitOutcome.Won) return answers;
            if (outcome == CommitOutcome.Unknown) break;
        }

        RuntimeMeters.ControlUnknown.Add(jobs.Count);
        return jobs.ToDictionary(
            j => j, j => (ControlAnswer)new ControlAnswer.Unknown(j.Call.Id, "other processes kept winning"));
    }

    /// <summary>The lock, or null when its holder does not let go in time.</summary>
    private FileStream? TryLock()
    {
        var until = MonotonicClock.NowMicros + (long)LockPatience.TotalMicroseconds;
        while (true)
        {
            try
            {
                return new FileStream(_lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (MonotonicClock.NowMicros < until)
            {
                Thread.Sleep(1 + Random.Shared.Next(4));
            }
            catch (IOException)
            {
                return null;
            }
        }
    }

    private SortedDictionary<string, ControlValue> Everything()
    {
        var everything = _leases.Standing();
        foreach (var value in _store.Load().All) everything[value.Key] = value;
        return everything;
    }

    private void Tell()
    {
        Watcher[] watchers;
        lock (_watchers) watchers = [.. _watchers];
        if (watchers.Length == 0 || MonotonicClock.NowMicros - _toldMicros < TellEveryMicros) return;
        _toldMicros = MonotonicClock.NowMicros;
        var now = Everything();
        var changed = new List<ControlValue>();
        foreach (var value in now.Values)
            if (!_seen.TryGetValue(value.Key, out var before) || before.Version != value.Version) changed.Add(value);
        foreach (var key in _seen.Keys)
            if (!now.ContainsKey(key)) changed.Add(new ControlValue(key, 0, default));
        _seen = now;
        foreach (var value in changed)
            foreach (var watcher in watchers)
                if (value.Key.StartsWith(watcher.Prefix, StringComparison.Ordinal))
                    watcher.Change(new ControlChange(value));
    }

    private static void Answer(Job job, ControlAnswer answer)
    {
        RuntimeMeters.ControlSeconds.Record((MonotonicClock.NowMicros - job.AtMicros) / 1e6);
        job.Answer(answer);
    }
}
