using System.Globalization;
using System.Net;
using System.Text;
using Outrider.Bench.Systems;

namespace Outrider.Bench.Peers;

/// <summary>Publishes to a JetStream subject; each record names the inbox that its acknowledgement goes to.</summary>
internal sealed class NatsConnection : SocketConnection
{
    private readonly string _inbox = $"_INBOX.{Guid.NewGuid():n}";
    private readonly List<byte> _line = [];
    private readonly List<byte> _body = [];
    private int _left;

    /// <summary>What a message holds, for whoever follows or waits for one answer; null: only counted.</summary>
    public Action<ReadOnlySpan<byte>>? OnMessage { get; set; }

    public static async Task<NatsConnection> OpenAsync(EndPoint endpoint)
    {
        var connection = new NatsConnection();
        await connection.ConnectAsync(endpoint);
        await connection.SayAsync(
            "CONNECT {\"verbose\":false,\"pedantic\":false,\"tls_required\":false,\"lang\":\"raw\"}\r\n"
            + $"SUB {connection._inbox} 1\r\n");
        return connection;
    }

    public override byte[] Encode(ReadOnlySpan<byte> payload) => Publish("bench.r", _inbox, payload);

    /// <summary>Everything of a subject comes to this connection.</summary>
    public Task SubscribeAsync(string subject) => SayAsync($"SUB {subject} 2\r\n");

    /// <summary>Asks the server's own interface; the text of the answer.</summary>
    public async Task<string> AskAsync(string subject, string body)
    {
        string? answer = null;
        OnMessage = bytes => answer = Encoding.UTF8.GetString(bytes);
        await SendAsync(Publish(subject, _inbox, Encoding.UTF8.GetBytes(body)), 1);
        while (answer is null)
            if (await AcksAsync() == 0) throw new BenchFailure("nats-server closed the connection");
        OnMessage = null;
        if (answer.Contains("\"error\"", StringComparison.Ordinal)) throw new BenchFailure($"nats: {answer}");
        return answer;
    }

    protected override int Count(ReadOnlySpan<byte> bytes)
    {
        var messages = 0;
        while (bytes.Length > 0)
        {
            if (_left > 0)
            {
                var part = bytes[..Math.Min(_left, bytes.Length)];
                _body.AddRange(part);
                bytes = bytes[part.Length..];
                _left -= part.Length;
                if (_left > 0) break;
                Take();
                messages++;
                continue;
            }

            var end = bytes.IndexOf((byte)'\n');
            _line.AddRange(end < 0 ? bytes : bytes[..end]);
            if (end < 0) break;
            bytes = bytes[(end + 1)..];
            Header(Encoding.ASCII.GetString([.. _line]).TrimEnd('\r'));
            _line.Clear();
        }

        return messages;
    }

    private void Header(string line)
    {
        if (line.StartsWith("-ERR", StringComparison.Ordinal)) throw new BenchFailure($"nats: {line}");
        if (!line.StartsWith("MSG ", StringComparison.Ordinal)) return;
        // The line's end counts too.
        _left = int.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture) + 2;
    }

    private void Take()
    {
        var body = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_body)[..^2];
        if (OnMessage is { } taker) taker(body);
        else if (body.IndexOf("\"error\""u8) >= 0) Errors++;
        _body.Clear();
    }

    private async Task SayAsync(string text) => await SendAsync(Encoding.ASCII.GetBytes(text), 1);

    private static byte[] Publish(string subject, string reply, ReadOnlySpan<byte> payload) =>
        [.. Encoding.ASCII.GetBytes($"PUB {subject} {reply} {payload.Length}\r\n"), .. payload, .. "\r\n"u8];
}
