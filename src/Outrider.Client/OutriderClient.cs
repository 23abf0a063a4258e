using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Outrider.Client.Links;
using Outrider.Client.Wire;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Client;

/// <summary>
/// A client of a cluster's log. Safe to use from many threads; calls are pipelined. Appends are retried with the same
/// producer and sequence until the deadline, so that each happens at most once. Appends that are outstanding at the
/// same time may be reordered by a retry: await one before the next where order matters, or put them in one batch.
/// </summary>
public sealed class OutriderClient : IAsyncDisposable
{
    private readonly ClientOptions _options;
    private readonly LinkPool _pool;
    private readonly ProducerId _producer;
    private long _lastSequence;

    private OutriderClient(ClientOptions options, LinkPool pool)
    {
        (_options, _pool) = (options, pool);
        var drawn = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) | 1;
        _producer = options.Producer.IsNone ? new(drawn) : options.Producer;
    }

    /// <summary>The cluster as the node told it that answered first; null when it has not said.</summary>
    public ClusterMap? Map => _pool.Map;

    /// <summary>Connects to the first of the endpoints that answers and learns the cluster's layout from it.</summary>
    /// <param name="endpoints">As in "127.0.0.1:6380", separated by commas.</param>
    /// <exception cref="LinkLostException">None of them answers.</exception>
    public static async Task<OutriderClient> ConnectAsync(
        string endpoints, ClientOptions? options = null, CancellationToken cancellation = default)
    {
        var chosen = options ?? new ClientOptions();
        var pool = new LinkPool(Parse(endpoints), chosen);
        try
        {
            await pool.OpenFirstAsync(cancellation).ConfigureAwait(false);
            return new OutriderClient(chosen, pool);
        }
        catch
        {
            await pool.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Appends one record.</summary>
    public Task<Outcome<Appended>> AppendAsync(
        string key, ReadOnlyMemory<byte> payload, AppendOptions? options = null,
        CancellationToken cancellation = default) =>
        AppendAsync(key, [new NewRecord(payload)], options, cancellation);

    /// <summary>Appends 1 to 1,024 records of one key as one batch: all or none, next to each other.</summary>
    /// <exception cref="OperationCanceledException">Cancelled by the caller: the records may still be
    /// appended.</exception>
    public async Task<Outcome<Appended>> AppendAsync(
        string key, IReadOnlyList<NewRecord> records, AppendOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(records.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(records.Count, Limits.BatchRecordsMax);
        var how = options ?? AppendOptions.Default;
        var command = AppendCommand(key, records, how, Interlocked.Increment(ref _lastSequence));
        var call = new Call(_pool, _options, how.Deadline ?? _options.Deadline, cancellation);
        return await call.RunAsync(key, command, isWrite: true, Replies.Appended).ConfigureAwait(false);
    }

    /// <summary>Reads confirmed records of all keys from a position on.</summary>
    public Task<Outcome<RecordPage>> ReadAsync(
        Position from, int maxRecords = 1000, CancellationToken cancellation = default) =>
        AskAsync(null, new CommandWriter().Word("LOG.READ").Word("FROM").Number(from.Value)
            .Word("COUNT").Number(maxRecords), isWrite: false, Replies.Page, cancellation);

    /// <summary>Reads confirmed records of one key within [from, to].</summary>
    public Task<Outcome<RecordPage>> ReadKeyAsync(
        string key, Position from, Position? to = null, int maxRecords = 1000, bool descending = false,
        CancellationToken cancellation = default)
    {
        var command = new CommandWriter().Word("LOG.READ").Word("KEY").Word(key).Word("FROM").Number(from.Value)
            .Word("COUNT").Number(maxRecords);
        if (to is { } last) command.Word("TO").Number(last.Value);
        if (descending) command.Word("REV");
        return AskAsync(key, command, isWrite: false, Replies.Page, cancellation);
    }

    /// <summary>How many records a key has, and where they begin and end.</summary>
    public Task<Outcome<KeyExtent>> KeyAsync(string key, CancellationToken cancellation = default) =>
        AskAsync(key, new CommandWriter().Word("LOG.KEY").Word(key), isWrite: false, Replies.Extent, cancellation);

    /// <summary>Where the log ends.</summary>
    public Task<Outcome<Tails>> TailAsync(CancellationToken cancellation = default) =>
        AskAsync(null, new CommandWriter().Word("LOG.TAIL"), isWrite: false, Replies.Tails, cancellation);

    /// <summary>Forgets everything below a position. Trimming twice is trimming once, so it is retried
    /// freely.</summary>
    /// <param name="below">What lies below goes.</param>
    /// <param name="force">Also what a consumer group has not read or not acknowledged.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<Outcome<Trimmed>> TrimAsync(
        Position below, bool force = false, CancellationToken cancellation = default)
    {
        var command = new CommandWriter().Word("LOG.TRIM").Number(below.Value);
        if (force) command.Word("FORCE");
        return AskAsync(null, command, isWrite: true, Replies.Trimmed, cancellation);
    }

    /// <summary>What of ended sub-logs no copy answers for, which keeps their shards shut.</summary>
    public Task<Outcome<IReadOnlyList<MissingSubLog>>> MissingAsync(CancellationToken cancellation = default) =>
        AskAsync(null, new CommandWriter().Word("LOG.MISSING"), isWrite: false, Replies.Missing, cancellation);

    /// <summary>
    /// Declares lost what no copy of an ended sub-log answers for, and gives how many slots: its shard opens again,
    /// readers are told by <see cref="LogReply.Lost"/>, and a copy that returns later changes nothing. For operators.
    /// </summary>
    /// <param name="subLog">As <see cref="MissingAsync"/> names it.</param>
    /// <param name="force">Also while nodes that may hold a copy do not answer.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<Outcome<long>> GiveUpAsync(int subLog, bool force = false, CancellationToken cancellation = default)
    {
        var command = new CommandWriter().Word("LOG.GIVEUP").Number(subLog);
        if (force) command.Word("FORCE");
        return AskAsync(null, command, isWrite: false,
            static reply => Replies.Missing(reply).Sum(given => given.Slots), cancellation);
    }

    /// <summary>Keeps only the newest records of a key.</summary>
    /// <param name="key">Whose.</param>
    /// <param name="keepLast">So many stay.</param>
    /// <param name="force">Also those that a consumer group has not read or not acknowledged.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<Outcome<long>> TrimKeyAsync(
        string key, long keepLast, bool force = false, CancellationToken cancellation = default)
    {
        var command = new CommandWriter().Word("XTRIM").Word(key).Word("MAXLEN").Number(keepLast);
        if (force) command.Word("FORCE");
        return AskAsync(key, command, isWrite: true, static reply => reply.Integer, cancellation);
    }

    /// <summary>
    /// Follows the log until cancelled: <see cref="LogReply.Records"/>, then <see cref="LogReply.Confirmed"/> or
    /// <see cref="LogReply.Revoked"/>; <see cref="LogReply.Lost"/> where no copy is left. It reconnects by itself and
    /// says so by <see cref="LogReply.Ended"/>: whatever was delivered at or after its position is to be forgotten,
    /// for it comes again as it then stands.
    /// </summary>
    /// <param name="from">First position wanted; null: from the confirmed end on.</param>
    /// <param name="speculative">At once, to be confirmed or revoked later; otherwise when confirmed.</param>
    /// <param name="key">Only this key's records.</param>
    /// <param name="alone">With a key: without waiting for lower positions of other keys. The key's own order is kept;
    /// causality between keys is not, see <see cref="LogSubscribe.Alone"/>.</param>
    /// <param name="cancellation">Ends the enumeration.</param>
    public IAsyncEnumerable<LogReply> SubscribeAsync(
        Position? from = null, bool speculative = true, string? key = null, bool alone = false,
        CancellationToken cancellation = default) =>
        SubscribeAsync(
            new SubscribeOptions { From = from, Speculative = speculative, Key = key, Alone = alone }, cancellation);

    /// <summary>As the other, with a filter that the server judges and bounds on speculation.</summary>
    public IAsyncEnumerable<LogReply> SubscribeAsync(
        SubscribeOptions wanted, CancellationToken cancellation = default) =>
        new Reading.Subscription(this, _pool, _options, wanted).ReadAsync(cancellation);

    /// <summary>
    /// A position from which on all records, of one key or of all, are at or after a time: by bisection, so it is as
    /// exact as the producers' clocks agree.
    /// </summary>
    public Task<Outcome<Position>> FindAsync(
        DateTimeOffset time, string? key = null, CancellationToken cancellation = default)
    {
        var command = new CommandWriter().Word("LOG.FIND").Word("TIME").Number(time.ToUnixTimeMilliseconds());
        if (key is not null) command.Word("KEY").Word(key);
        return AskAsync(key, command, isWrite: false, static reply => new Position(reply.Integer), cancellation);
    }

    /// <summary>A consumer group of a key; making one here changes nothing in the log.</summary>
    public Groups.GroupHandle Group(string key, string name) => new(this, key, name);

    /// <summary>Sends any command and gives back the reply as it is; for tools.</summary>
    /// <exception cref="LinkLostException">No node could be reached, or the connection broke.</exception>
    public async Task<RespValue> CommandAsync(IReadOnlyList<string> words, CancellationToken cancellation = default)
    {
        var command = new CommandWriter();
        foreach (var word in words) command.Word(word);
        var link = await _pool.AnyAsync(cancellation).ConfigureAwait(false);
        return await link.SendAsync(command.Finish()).WaitAsync(cancellation).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    /// <param name="key">Decides the node to ask first; null: any.</param>
    /// <param name="command">As it is sent.</param>
    /// <param name="isWrite">If no answer comes, nobody knows whether it happened.</param>
    /// <param name="read">Reads the reply.</param>
    /// <param name="cancellation">Gives up.</param>
    internal Task<Outcome<T>> AskAsync<T>(
        string? key, CommandWriter command, bool isWrite, Func<RespValue, T> read, CancellationToken cancellation) =>
        new Call(_pool, _options, _options.Deadline, cancellation).RunAsync(key, command.Finish(), isWrite, read);

    internal TimeSpan Deadline => _options.Deadline;

    internal Task<Link> OpenLinkAsync(string key, CancellationToken cancellation) =>
        _pool.OpenOwnAsync(key, static _ => default, cancellation);

    private ReadOnlyMemory<byte> AppendCommand(
        string key, IReadOnlyList<NewRecord> records, AppendOptions how, long sequence)
    {
        var command = new CommandWriter(BytesOf(key, records)).Word("LOG.APPEND").Word(key)
            .Word("PRODUCER").Word((how.Producer ?? _producer).Value.ToString("x", CultureInfo.InvariantCulture))
            .Word("SEQ").Number(how.Sequence ?? sequence);
        if (how.Durability == Durability.MemoryQuorum) command.Word("DURABILITY").Word("memory-quorum");
        if (how.ExpectedTail is { } tail) command.Word("EXPECT").Number(tail);
        command.Word("RECORDS").Number(records.Count);
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        foreach (var record in records)
        {
            command.Number(record.TimestampMs ?? now).Number(record.Headers?.Count ?? 0);
            foreach (var header in record.Headers ?? [])
                command.Bytes(header.Name.Span).Bytes(header.Value.Span);
            command.Bytes(record.Payload.Span);
        }

        return command.Finish();
    }

    private static int BytesOf(string key, IReadOnlyList<NewRecord> records)
    {
        var bytes = 192L + 3 * key.Length;
        foreach (var record in records)
        {
            bytes += 64 + record.Payload.Length;
            foreach (var header in record.Headers ?? []) bytes += 32 + header.Name.Length + header.Value.Length;
        }

        return (int)Math.Min(bytes, Limits.FrameBytesMax);
    }

    private static List<DnsEndPoint> Parse(string endpoints)
    {
        var parsed = new List<DnsEndPoint>();
        foreach (var text in endpoints.Split(',',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var colon = text.LastIndexOf(':');
            if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), CultureInfo.InvariantCulture, out var port))
                throw new ArgumentException($"'{text}' is no endpoint; write host:port, as in 127.0.0.1:6380");
            parsed.Add(new(text[..colon].Trim('[', ']'), port));
        }

        return parsed.Count > 0 ? parsed
            : throw new ArgumentException("no endpoint given; write host:port, as in 127.0.0.1:6380");
    }
}
