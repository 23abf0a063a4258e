using System.Collections.Concurrent;
using System.Net;
using Outrider.Core;
using Outrider.Replication;
using Outrider.Runtime;
using Outrider.Storage;

namespace Outrider.Bench.Member;

/// <summary>A member of one of our groups: a node over TCP, a journal on files, the file control plane.</summary>
internal sealed class OutriderMember : IBenchMember
{
    /// <summary>How it is set up, for the report.</summary>
    public const string Settings =
        "appends of one turn gathered (GatherRequests); a leader is suspected after 1.5 s; CRC32C on every frame and "
        + "every record on disk; each caller a producer with duplicate detection.";

    // As patient as the others.
    private const long SuspectMicros = 1_500_000;
    private const ulong Cluster = 0xBE4C4;
    private static readonly GroupId Group = new(1);
    private static readonly StreamId Stream = new(1);

    private readonly Durability _durability;
    private readonly FileControlPlane _control;
    private readonly FileDisk _disk;
    private readonly NodeHost _host;
    private readonly ConcurrentDictionary<int, Writer> _writers = new();
    private readonly ConcurrentDictionary<long, uint> _checksums = new();
    private long _failures;

    public OutriderMember(MemberOptions options)
    {
        _durability = options.IsDurable ? Durability.FsyncQuorum : Durability.MemoryQuorum;
        var node = new NodeInfo(new NodeId(options.Index + 1), $"m-{options.Index + 1}", new RegionId(0));
        var codec = new MessageCodec();
        ReplicationNode.Register(codec);
        var peers = new PeerDirectory();
        for (var i = 0; i < options.Members.Length; i++) peers.Set(new NodeId(i + 1), $"m-{i + 1}", options.Members[i]);
        var members = Enumerable.Range(1, options.Members.Length).Select(i => new NodeId(i)).ToArray();
        _control = new FileControlPlane(Path.Combine(options.Directory, "control"));
        _disk = new FileDisk(Path.Combine(options.Directory, node.Name), zeroed: options.IsDurable);
        _host = NodeHost.Open(new NodeHostOptions
        {
            Node = node,
            Disk = _disk,
            Journal = new JournalOptions { ClusterId = Cluster, Node = node.Id },
            Build = recovered => new ReplicationNode(
                node.Id, recovered, [(Group, GroupBirth.Majority(members))],
                GroupOptions.Default with { GatherRequests = true, SuspectMicros = SuspectMicros },
                (ulong)Random.Shared.NextInt64()),
            Transport = new TcpTransport(new TcpTransportOptions
            {
                Node = node,
                ClusterId = Cluster,
                Peers = peers,
                Codec = codec,
                Listen = options.Listen,
                Logs = new StderrLogs(),
            }),
            Control = _control,
            Logs = new StderrLogs(),
            OnBroken = (_, _) => Environment.Exit(70),
        });
    }

    public Task StartAsync() => _host.StartAsync();

    public async Task<bool> IsLeaderAsync() =>
        await _host.AskAsync(new GroupStatusRequest(Group)) is NodeReply.Status { Value: { IsOpen: true } status }
        && status.Leader == _host.Node.Id;

    public async Task<bool> AppendAsync(int caller, ReadOnlyMemory<byte> payload, int records)
    {
        var writer = _writers.GetOrAdd(caller, _ => new Writer(new ProducerId((ulong)Random.Shared.NextInt64())));
        var reply = await _host.AskAsync(new AppendRequest(
            Group, Stream, writer.Producer, writer.Sequence, records, payload, _durability));
        if (reply is not NodeReply.Appended appended)
        {
            if (Interlocked.Increment(ref _failures) == 1) await Console.Error.WriteLineAsync($"outrider: {reply}");
            return false;
        }

        writer.Sequence++;
        if (records > 1) _checksums[appended.Index.Value] = Crc32C.Of(payload.Span);
        return true;
    }

    public async Task<(long Records, string? Wrong)> VerifyAsync()
    {
        var records = 0L;
        var left = _checksums.Count;
        for (var next = new LogIndex(1); left > 0;)
        {
            var reply = await _host.AskAsync(new ReadRequest(Group, Stream, next, 256, 4 << 20, Confirmed: false));
            if (reply is not NodeReply.Entries { Items.Count: > 0 } read)
                return (records, $"reading from {next}: {reply}; {left} batches are missing");
            foreach (var entry in read.Items)
            {
                if (_checksums.TryGetValue(entry.Index.Value, out var crc))
                {
                    if (crc != Crc32C.Of(entry.Payload.Span))
                        return (records, $"{entry.Index} is not what was written");
                    records += entry.Slots;
                    left--;
                }

                next = entry.Index.Next();
            }
        }

        return (records, null);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _control.Dispose();
    }

    private sealed class Writer(ProducerId producer)
    {
        public ProducerId Producer => producer;
        public long Sequence { get; set; } = 1;
    }
}
