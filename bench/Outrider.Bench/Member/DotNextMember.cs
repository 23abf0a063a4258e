using System.Net;
using DotNext.Net.Cluster.Consensus.Raft;
using DotNext.Net.Cluster.Consensus.Raft.Membership;
using DotNext.Net.Cluster.Consensus.Raft.StateMachine;
using DotNext.IO;

namespace Outrider.Bench.Member;

/// <summary>A member of a DotNext Raft cluster over its TCP transport and write-ahead log.</summary>
internal sealed class DotNextMember : IBenchMember
{
    /// <summary>How it is set up, for the report.</summary>
    public const string Settings =
        "WriteAheadLog with ChunkSize 4 MiB, ConcurrencyLevel 64, flush on commit (it has no other mode), shared "
        + "memory; "
        + "TCP with TransmissionBlockSize 64 KiB; elections after 1 to 2 s; its state machine counts and no more.";

    private const int ChunkBytes = 4 << 20;
    private const int BlockBytes = 64 << 10;
    private const int ConcurrencyLevel = 64;

    private readonly CountingMachine _machine;
    private readonly WriteAheadLog _log;
    private readonly RaftCluster _cluster;
    private long _failures;

    public DotNextMember(MemberOptions options)
    {
        var directory = Path.Combine(options.Directory, $"dotnext-{options.Index}");
        Directory.CreateDirectory(directory);
        _machine = new CountingMachine(new DirectoryInfo(Path.Combine(directory, "snapshots")));
        _log = new WriteAheadLog(
            new WriteAheadLog.Options
            {
                Location = Path.Combine(directory, "log"),
                // Larger than by default: each chunk is a file that stays open. It flushes on commit, always; without
                // durability it is its directory that lies in memory.
                ChunkSize = ChunkBytes,
                ConcurrencyLevel = ConcurrencyLevel,
            },
            _machine);
        var configuration = new RaftCluster.TcpConfiguration(options.Listen)
        {
            PublicEndPoint = options.Members[options.Index],
            LowerElectionTimeout = 1000,
            UpperElectionTimeout = 2000,
            RequestTimeout = TimeSpan.FromSeconds(2),
            ConnectTimeout = TimeSpan.FromSeconds(1),
            TransmissionBlockSize = BlockBytes,
            ColdStart = false,
            // Null selects the one in memory.
            ConfigurationStorage = null!,
        };
        var storage = (InMemoryClusterConfigurationStorage<EndPoint>)configuration.ConfigurationStorage;
        var builder = storage.CreateInitialConfigurationBuilder();
        foreach (var member in options.Members) builder.Add(member);
        builder.Build();
        _cluster = new RaftCluster(configuration) { AuditTrail = _log };
    }

    public async Task StartAsync()
    {
        await _machine.RestoreAsync();
        await _log.InitializeAsync(CancellationToken.None);
        await _cluster.StartAsync(CancellationToken.None);
    }

    public Task<bool> IsLeaderAsync() => Task.FromResult(!_cluster.LeadershipToken.IsCancellationRequested);

    public async Task<bool> AppendAsync(int caller, ReadOnlyMemory<byte> payload, int records)
    {
        try
        {
            await _cluster.ReplicateAsync(payload);
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever it says: the outcome is unknown, and the caller tries again.
            if (Interlocked.Increment(ref _failures) == 1) await Console.Error.WriteLineAsync($"dotnext: {e}");
            return false;
        }
    }

    public Task<(long Records, string? Wrong)> VerifyAsync() =>
        Task.FromResult<(long, string?)>((0, "not asked of this system"));

    public async ValueTask DisposeAsync()
    {
        await _cluster.StopAsync(CancellationToken.None);
        _cluster.Dispose();
        await _log.DisposeAsync();
    }

    /// <summary>The least a state machine can do: count.</summary>
    private sealed class CountingMachine(DirectoryInfo location) : SimpleStateMachine(location)
    {
        private long _applied;

        protected override ValueTask RestoreAsync(FileInfo snapshotFile, CancellationToken token) =>
            ValueTask.CompletedTask;

        protected override ValueTask PersistAsync(IAsyncBinaryWriter writer, CancellationToken token) =>
            ValueTask.CompletedTask;

        protected override ValueTask<bool> ApplyAsync(LogEntry entry, CancellationToken token)
        {
            _applied++;
            // No snapshot: the run is short.
            return ValueTask.FromResult(false);
        }
    }
}
