using System.Threading.Channels;
using Etcdserverpb;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Outrider.Bench.Peers;

/// <summary>Puts over gRPC, which is all that etcd offers; one key for each connection.</summary>
internal sealed class EtcdConnection : PeerConnection
{
    private readonly GrpcChannel _channel;
    private readonly KV.KVClient _kv;
    private readonly ByteString _key;
    private readonly Channel<Task<bool>> _calls = Channel.CreateUnbounded<Task<bool>>();

    public EtcdConnection(string address, int number)
    {
        _channel = GrpcChannel.ForAddress(address);
        _kv = new KV.KVClient(_channel);
        _key = ByteString.CopyFromUtf8($"bench/{number}");
    }

    public override byte[] Encode(ReadOnlySpan<byte> payload) => payload.ToArray();

    public override ValueTask SendAsync(ReadOnlyMemory<byte> records, int count)
    {
        var bytes = records.Length / count;
        for (var i = 0; i < count; i++)
        {
            var put = new PutRequest
            {
                Key = _key,
                Value = ByteString.CopyFrom(records.Span.Slice(i * bytes, bytes)),
            };
            _calls.Writer.TryWrite(PutAsync(put));
        }

        return ValueTask.CompletedTask;
    }

    public override async ValueTask<int> AcksAsync()
    {
        if (!await _calls.Reader.WaitToReadAsync() || !_calls.Reader.TryRead(out var next)) return 0;
        if (!await next) Errors++;
        return 1;
    }

    public override ValueTask DisposeAsync()
    {
        _calls.Writer.TryComplete();
        _channel.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<bool> PutAsync(PutRequest put)
    {
        try
        {
            await _kv.PutAsync(put, deadline: DateTime.UtcNow.AddSeconds(10));
            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    }
}
