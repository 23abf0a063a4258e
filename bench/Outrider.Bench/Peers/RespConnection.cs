using System.Net;
using Outrider.Client.Wire;

namespace Outrider.Bench.Peers;

/// <summary>XADD of one key: the same bytes for Redis and for Outrider.</summary>
internal sealed class RespConnection(string key) : SocketConnection
{
    private bool _inLine;
    private bool _inBulk;
    private byte _kind;

    public static async Task<RespConnection> OpenAsync(EndPoint endpoint, string key)
    {
        var connection = new RespConnection(key);
        await connection.ConnectAsync(endpoint);
        return connection;
    }

    public override byte[] Encode(ReadOnlySpan<byte> payload) =>
        new CommandWriter().Word("XADD").Word(key).Word("*").Word("v").Bytes(payload).Finish().ToArray();

    protected override int Count(ReadOnlySpan<byte> bytes)
    {
        var acks = 0;
        while (bytes.Length > 0)
        {
            if (!_inLine) (_kind, _inLine) = (bytes[0], true);
            var end = bytes.IndexOf((byte)'\n');
            if (end < 0) break;
            bytes = bytes[(end + 1)..];
            _inLine = false;
            if (!_inBulk && _kind == '$')
            {
                _inBulk = true;
                continue;
            }

            if (!_inBulk && _kind == '-') Errors++;
            _inBulk = false;
            acks++;
        }

        return acks;
    }

}
