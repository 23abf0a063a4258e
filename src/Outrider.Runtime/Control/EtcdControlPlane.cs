using System.Text;
using Etcdserverpb;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>
/// A control plane in etcd (v3 API). A compare-and-set is one etcd transaction a key, versions are etcd's modification
/// revisions, reads are linearizable. Whatever goes wrong on the way is reported as unknown: etcd may have carried the
/// call out.
/// </summary>
public sealed class EtcdControlPlane : IControlPlane, IDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(3);

    private readonly GrpcChannel _channel;
    private readonly KV.KVClient _kv;
    private readonly EtcdLeases _leases;
    private readonly Watch.WatchClient _watch;
    private readonly string _prefix;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<(NodeId, string), EtcdWatcher> _watchers = [];

    /// <param name="url">Such as <c>http://127.0.0.1:2379</c>; https uses the system's trusted authorities.</param>
    /// <param name="keyPrefix">Put before every key, so that clusters can share one etcd.</param>
    /// <param name="logs">Where to log.</param>
    public EtcdControlPlane(string url, string keyPrefix, ILoggerFactory? logs = null)
    {
        _log = (logs ?? NullLoggerFactory.Instance).CreateLogger("Outrider.Control");
        _prefix = keyPrefix;
        _channel = GrpcChannel.ForAddress(url, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                ConnectTimeout = CallTimeout,
                EnableMultipleHttp2Connections = true,
                // A connection whose other end has stopped is found out, and calls go to a new one.
                KeepAlivePingDelay = TimeSpan.FromSeconds(2),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(3),
            },
            DisposeHttpClient = true,
            MaxReceiveMessageSize = 64 << 20,
            // A fresh try at once when somebody asks: the callers' own back-off is enough.
            InitialReconnectBackoff = TimeSpan.FromMilliseconds(100),
            MaxReconnectBackoff = TimeSpan.FromSeconds(2),
        });
        _kv = new KV.KVClient(_channel);
        _leases = new EtcdLeases(new Lease.LeaseClient(_channel), _kv, Deadline);
        _watch = new Watch.WatchClient(_channel);
    }

    public void Call(NodeId node, ControlCall call, Action<ControlAnswer> answer, Action<ControlChange> change) =>
        _ = Task.Run(() => CarryAsync(node, call, answer, change));

    /// <summary>A dead life's watches tell nobody anything.</summary>
    public void Forget(NodeId node)
    {
        lock (_gate)
        {
            foreach (var key in _watchers.Keys.Where(k => k.Item1 == node).ToList())
                if (_watchers.Remove(key, out var watcher)) watcher.Stop();
        }
    }

    public void Dispose()
    {
        if (_stop.IsCancellationRequested) return;
        _stop.Cancel();
        lock (_gate)
        {
            foreach (var watcher in _watchers.Values) watcher.Stop();
            _watchers.Clear();
        }

        _channel.Dispose();
    }

    private static DateTime Deadline() => DateTime.UtcNow + CallTimeout;

    private async Task CarryAsync(
        NodeId node, ControlCall call, Action<ControlAnswer> answer, Action<ControlChange> change)
    {
        var started = MonotonicClock.NowMicros;
        ControlAnswer result;
        try
        {
            result = await ExecuteAsync(node, call, change).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException or ObjectDisposedException
            or InvalidOperationException or TimeoutException)
        {
            var reason = e is RpcException rpc ? $"etcd: {rpc.StatusCode} {rpc.Status.Detail}" : $"etcd: {e.Message}";
            RuntimeMeters.ControlUnknown.Add(1);
            if (!_stop.IsCancellationRequested) RuntimeLog.Control(_log, reason);
            result = new ControlAnswer.Unknown(call.Id, reason);
        }

        RuntimeMeters.ControlSeconds.Record((MonotonicClock.NowMicros - started) / 1e6);
        answer(result);
    }

    private async Task<ControlAnswer> ExecuteAsync(NodeId node, ControlCall call, Action<ControlChange> change)
    {
        switch (call)
        {
            case ControlCall.Read read:
                var found = await RangeAsync(_prefix + read.Key, end: null).ConfigureAwait(false);
                return new ControlAnswer.Values(
                    read.Id, [found.Count == 1 ? found[0] : new ControlValue(read.Key, 0, default)]);
            case ControlCall.List list:
                var prefix = _prefix + list.Prefix;
                var listed = await RangeAsync(prefix, EtcdKeys.End(prefix)).ConfigureAwait(false);
                return new ControlAnswer.Values(list.Id, listed);
            case ControlCall.CompareAndSet cas:
                var outcomes = await Task.WhenAll(cas.Writes.Select(CompareAsync)).ConfigureAwait(false);
                return new ControlAnswer.Compared(cas.Id, outcomes);
            case ControlCall.KeepLease lease:
                await _leases.KeepAsync(node, _prefix + lease.Name, lease.TtlMs).ConfigureAwait(false);
                return new ControlAnswer.Done(lease.Id);
            case ControlCall.Watch watch:
                await WatchAsync(node, watch.Prefix, change).ConfigureAwait(false);
                return new ControlAnswer.Done(watch.Id);
            default:
                throw Check.Unreachable(call);
        }
    }

    private async Task<List<ControlValue>> RangeAsync(string key, string? end)
    {
        var request = new RangeRequest { Key = ByteString.CopyFromUtf8(key) };
        if (end is not null) request.RangeEnd = ByteString.CopyFrom(Encoding.Latin1.GetBytes(end));
        var response = await _kv.RangeAsync(request, deadline: Deadline(), cancellationToken: _stop.Token);
        return [.. response.Kvs.Select(kv => EtcdKeys.Value(kv, _prefix))];
    }

    private async Task<ControlOutcome> CompareAsync(ControlWrite write)
    {
        var key = ByteString.CopyFromUtf8(_prefix + write.Key);
        var request = new TxnRequest();
        request.Compare.Add(new Compare
        {
            Key = key,
            Target = Compare.Types.CompareTarget.Mod,
            Result = Compare.Types.CompareResult.Equal,
            ModRevision = write.ExpectedVersion,
        });
        request.Success.Add(write.Value.IsEmpty
            ? new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = key } }
            : new RequestOp
            {
                RequestPut = new PutRequest { Key = key, Value = ByteString.CopyFrom(write.Value.Span) },
            });
        request.Failure.Add(new RequestOp { RequestRange = new RangeRequest { Key = key } });
        var response = await _kv.TxnAsync(request, deadline: Deadline(), cancellationToken: _stop.Token);
        if (response.Succeeded)
        {
            var version = write.Value.IsEmpty ? 0 : response.Header.Revision;
            return new ControlOutcome(true, new ControlValue(write.Key, version, write.Value));
        }

        var standing = response.Responses[0].ResponseRange.Kvs;
        var current = standing.Count == 1
            ? EtcdKeys.Value(standing[0], _prefix)
            : new ControlValue(write.Key, 0, default);
        return new ControlOutcome(false, current);
    }

    private Task WatchAsync(NodeId node, string prefix, Action<ControlChange> change)
    {
        var watcher = new EtcdWatcher(_watch, _prefix, prefix, change, RangeAsync, _log);
        lock (_gate)
        {
            if (_watchers.Remove((node, prefix), out var earlier)) earlier.Stop();
            _watchers[(node, prefix)] = watcher;
        }

        // It goes on trying in the background; the caller hears now whether it stands already.
        return watcher.Standing.WaitAsync(CallTimeout, _stop.Token);
    }
}
