using System.Text;
using Etcdserverpb;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>
/// One watch, for as long as it is wanted. When the stream breaks it is opened again, and everything under the prefix
/// is told anew: changes are hints, and one too many costs a read, one too few a stall.
/// </summary>
internal sealed class EtcdWatcher
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Watch.WatchClient _client;
    private readonly string _keyPrefix;
    private readonly string _prefix;
    private readonly Action<ControlChange> _change;
    private readonly Func<string, string?, Task<List<ControlValue>>> _range;
    private readonly ILogger _log;
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _standing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public EtcdWatcher(
        Watch.WatchClient client, string keyPrefix, string prefix, Action<ControlChange> change,
        Func<string, string?, Task<List<ControlValue>>> range, ILogger log)
    {
        _client = client;
        _keyPrefix = keyPrefix;
        _prefix = prefix;
        _change = change;
        _range = range;
        _log = log;
        _ = Task.Run(RunAsync);
    }

    /// <summary>Completes when etcd has confirmed the watch for the first time.</summary>
    public Task Standing => _standing.Task;

    public void Stop() => _stop.Cancel();

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await FollowAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException or ObjectDisposedException
                or InvalidOperationException)
            {
                if (_stop.IsCancellationRequested) return;
                RuntimeLog.Control(_log, $"etcd: the watch of {_prefix} broke off, it is opened again: {e.Message}");
            }

            try
            {
                await Task.Delay(Pause, _stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task FollowAsync()
    {
        var prefix = _keyPrefix + _prefix;
        var create = new WatchCreateRequest
        {
            Key = ByteString.CopyFromUtf8(prefix),
            RangeEnd = ByteString.CopyFrom(Encoding.Latin1.GetBytes(EtcdKeys.End(prefix))),
        };
        using var call = _client.Watch(cancellationToken: _stop.Token);
        await call.RequestStream.WriteAsync(new WatchRequest { CreateRequest = create }, _stop.Token)
            .ConfigureAwait(false);
        while (await call.ResponseStream.MoveNext(_stop.Token).ConfigureAwait(false))
        {
            var response = call.ResponseStream.Current;
            if (response.Created)
            {
                if (!_standing.TrySetResult()) await TellAllAsync(prefix).ConfigureAwait(false);
                continue;
            }

            if (response.Canceled) return;
            foreach (var e in response.Events)
            {
                var value = e.Type == Mvccpb.Event.Types.EventType.Delete
                    ? new ControlValue(e.Kv.Key.ToStringUtf8()[_keyPrefix.Length..], 0, default)
                    : EtcdKeys.Value(e.Kv, _keyPrefix);
                Tell(value);
            }
        }
    }

    private async Task TellAllAsync(string prefix)
    {
        var standing = await _range(prefix, EtcdKeys.End(prefix)).ConfigureAwait(false);
        var gone = _told.Except(standing.Select(v => v.Key)).ToList();
        foreach (var value in standing) Tell(value);
        foreach (var key in gone) Tell(new ControlValue(key, 0, default));
    }

    private void Tell(ControlValue value)
    {
        if (value.Exists) _told.Add(value.Key);
        else _told.Remove(value.Key);
        _change(new ControlChange(value));
    }
}
