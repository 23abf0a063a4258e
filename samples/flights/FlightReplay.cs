using System.Diagnostics;
using Outrider.Client;
using Outrider.Client.Processing;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Samples.Flights;

/// <summary>What a replay has measured. Latencies run from the append call to the consumer, in milliseconds.</summary>
/// <param name="Records">Flights that the consumer has confirmed.</param>
/// <param name="Revoked">Records that were shown as speculative and taken back.</param>
/// <param name="StatisticsEqual">The consumer's statistics are those of the file.</param>
public sealed record FlightReport(
    long Records, long Expected, double Seconds, double SpeculativeP50Ms, double SpeculativeP99Ms,
    double ConfirmedP50Ms, double ConfirmedP99Ms, long Revoked, long Rollbacks, bool StatisticsEqual);

/// <summary>How far a replay has come.</summary>
public sealed record FlightProgress(long Sent, long Confirmed, long Expected, long Revoked);

/// <summary>
/// Replays the flights in time order, keyed by origin, and follows them through a speculative consumer that keeps each
/// airport's statistics. It survives the death of nodes: the clients retry and resubscribe by themselves.
/// </summary>
public sealed class FlightReplay
{
    public const string KeyPrefix = "flights/";
    private readonly OutriderClient _client;
    private readonly IReadOnlyList<Flight> _flights;
    private readonly int _flightsPerSecond;
    private readonly long[] _sentAt;
    private readonly double[] _speculativeMs;
    private readonly double[] _confirmedMs;
    private readonly SortedDictionary<string, OriginQueue> _origins = new(StringComparer.Ordinal);
    private readonly SpeculativeProcessor<AirportStatistics, int> _processor;
    private long _sent;
    private long _confirmed;
    private long _revoked;

    /// <param name="client">Appends and follows.</param>
    /// <param name="flights">What to replay.</param>
    /// <param name="flightsPerSecond">How fast.</param>
    /// <param name="from">The log's end before the replay: what stands below is not part of it.</param>
    public FlightReplay(OutriderClient client, IReadOnlyList<Flight> flights, int flightsPerSecond, Position from)
    {
        _client = client;
        _flights = flights;
        _flightsPerSecond = flightsPerSecond;
        _sentAt = new long[flights.Count];
        _speculativeMs = new double[flights.Count];
        _confirmedMs = new double[flights.Count];
        _processor = new(
            "flights", new(from, AirportStatistics.Empty), Apply, new PersistentState<AirportStatistics>());
    }

    public FlightProgress Progress =>
        new(Volatile.Read(ref _sent), Volatile.Read(ref _confirmed), _flights.Count, Volatile.Read(ref _revoked));

    /// <summary>Runs to the end; the consumer's statistics are then compared with those of the file.</summary>
    public async Task<FlightReport> RunAsync(CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var following = FollowAsync(over);
        await SendAllAsync(cancellation).ConfigureAwait(false);
        await following.ConfigureAwait(false);
        var direct = AirportStatistics.Of(_flights);
        return new FlightReport(
            _confirmed, _flights.Count, watch.Elapsed.TotalSeconds,
            Percentile(_speculativeMs, 0.50), Percentile(_speculativeMs, 0.99),
            Percentile(_confirmedMs, 0.50), Percentile(_confirmedMs, 0.99),
            _revoked, _processor.RollbacksTotal, direct.SameAs(_processor.State));
    }

    private static AirportStatistics Apply(AirportStatistics state, LogRecord record, Action<int> emit)
    {
        if (!record.Key.StartsWith(KeyPrefix, StringComparison.Ordinal)) return state;
        if (Flight.FromPayload(record.Payload.Span) is not { } flight) return state;
        emit(flight.Number);
        return state.With(flight);
    }

    private async Task SendAllAsync(CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        var next = 0;
        var pending = new List<Task>();
        while (next < _flights.Count && await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
        {
            var due = Math.Min(_flights.Count, (int)(watch.Elapsed.TotalSeconds * _flightsPerSecond));
            for (; next < due; next++) pending.Add(QueueOf(_flights[next].Origin).Add(_flights[next], cancellation));
        }

        await Task.WhenAll(pending).ConfigureAwait(false);
    }

    private OriginQueue QueueOf(string origin)
    {
        if (!_origins.TryGetValue(origin, out var queue)) _origins[origin] = queue = new(this, KeyPrefix + origin);
        return queue;
    }

    private async Task FollowAsync(CancellationTokenSource over)
    {
        try
        {
            var pushes = _client.SubscribeAsync(_processor.Confirmed, cancellation: over.Token);
            await foreach (var push in pushes.ConfigureAwait(false))
            {
                Take(push);
                if (_confirmed == _flights.Count) return;
            }
        }
        catch (OperationCanceledException) when (_confirmed == _flights.Count)
        {
            // The last push had come already.
        }
    }

    private void Take(LogReply push)
    {
        var now = Stopwatch.GetTimestamp();
        switch (push)
        {
            case LogReply.Records records:
                foreach (var record in records.Items) Seen(record, now);
                break;
            case LogReply.Revoked revoked:
                Interlocked.Add(ref _revoked, revoked.Positions.Count);
                break;
            case LogReply.Ended:
                _processor.Disconnected();
                return;
            default:
                break;
        }

        foreach (var output in _processor.Step(push))
        {
            _confirmedMs[output.Value] = Since(_sentAt[output.Value], now);
            Interlocked.Increment(ref _confirmed);
        }
    }

    private void Seen(LogRecord record, long now)
    {
        if (!record.Key.StartsWith(KeyPrefix, StringComparison.Ordinal)) return;
        if (Flight.FromPayload(record.Payload.Span) is not { } flight || _speculativeMs[flight.Number] != 0) return;
        _speculativeMs[flight.Number] = Since(_sentAt[flight.Number], now);
    }

    private static double Since(long then, long now) => Stopwatch.GetElapsedTime(then, now).TotalMilliseconds;

    private static double Percentile(double[] values, double share)
    {
        var sorted = values.Where(v => v > 0).Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
    }

    /// <summary>
    /// Keeps the order of one origin: while a batch is under way, later flights wait and leave together.
    /// </summary>
    private sealed class OriginQueue(FlightReplay replay, string key)
    {
        private readonly Queue<Flight> _waiting = new();
        private Task? _pump;

        public Task Add(Flight flight, CancellationToken cancellation)
        {
            lock (_waiting)
            {
                _waiting.Enqueue(flight);
                if (_pump is not { IsCompleted: false })
                    _pump = Task.Run(() => PumpAsync(cancellation), cancellation);
                return _pump;
            }
        }

        private async Task PumpAsync(CancellationToken cancellation)
        {
            while (Take() is { Count: > 0 } batch)
            {
                var now = Stopwatch.GetTimestamp();
                foreach (var flight in batch) replay._sentAt[flight.Number] = now;
                // Counted before it leaves: the reader may see it before the appender is answered.
                Interlocked.Add(ref replay._sent, batch.Count);
                var records = batch.ConvertAll(f => new NewRecord(f.ToPayload()));
                var outcome = await replay._client.AppendAsync(key, records, AppendForever, cancellation)
                    .ConfigureAwait(false);
                outcome.Require();
            }
        }

        // A node that dies may take seconds to be replaced; the client retries the same batch until then.
        private static readonly AppendOptions AppendForever = new(Deadline: TimeSpan.FromMinutes(5));

        private List<Flight> Take()
        {
            lock (_waiting)
            {
                var batch = new List<Flight>();
                while (batch.Count < Limits.BatchRecordsMax && _waiting.TryDequeue(out var flight)) batch.Add(flight);
                if (batch.Count == 0) _pump = null;
                return batch;
            }
        }
    }
}
