using System.Collections.Concurrent;
using Etcdserverpb;
using Google.Protobuf;
using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>
/// Leases by name over etcd's leases by number: a key of that name is bound to the lease and goes with it.
/// </summary>
internal sealed class EtcdLeases(Lease.LeaseClient leases, KV.KVClient kv, Func<DateTime> deadline)
{
    private readonly ConcurrentDictionary<string, long> _ids = new(StringComparer.Ordinal);

    public async Task KeepAsync(NodeId node, string key, long ttlMs)
    {
        if (_ids.TryGetValue(key, out var id) && await RenewAsync(id).ConfigureAwait(false)) return;
        // Whole seconds, rounded up; etcd raises what is shorter than its own election timeout allows.
        var grant = await leases.LeaseGrantAsync(
            new LeaseGrantRequest { TTL = (ttlMs + 999) / 1000 }, deadline: deadline());
        await kv.PutAsync(
            new PutRequest
            {
                Key = ByteString.CopyFromUtf8(key),
                Value = ByteString.CopyFrom(BitConverter.GetBytes(node.Value)),
                Lease = grant.ID,
            },
            deadline: deadline());
        _ids[key] = grant.ID;
    }

    /// <summary>False when etcd no longer knows the lease.</summary>
    private async Task<bool> RenewAsync(long id)
    {
        using var call = leases.LeaseKeepAlive(deadline: deadline());
        await call.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = id }).ConfigureAwait(false);
        var answered = await call.ResponseStream.MoveNext(CancellationToken.None).ConfigureAwait(false);
        await call.RequestStream.CompleteAsync().ConfigureAwait(false);
        return answered && call.ResponseStream.Current.TTL > 0;
    }
}
