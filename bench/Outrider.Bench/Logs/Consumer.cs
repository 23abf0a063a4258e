using System.Collections.Concurrent;
using System.Diagnostics;
using Outrider.Client;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Bench.Logs;

/// <summary>What one consumer saw; times in milliseconds from the append call on.</summary>
/// <param name="Delivery">Until the record reached the consumer.</param>
/// <param name="Confirm">Until it was known to be final.</param>
/// <param name="EndToEnd">Until its computation had ended and it was final: when an output may leave.</param>
internal sealed record ConsumerSample(Quantiles Delivery, Quantiles Confirm, Quantiles EndToEnd);

/// <summary>
/// Follows the log and sleeps a computation for each batch of whatever has arrived, as the consumers of the paper do.
/// </summary>
internal sealed class Consumer(
    OutriderClient client, SentRecords sent, double computeMs, bool speculative, Position from, string? key)
{
    private readonly long[] _deliveredAt = new long[sent.Total];
    private readonly long[] _computedAt = new long[sent.Total];
    private readonly long[] _confirmedAt = new long[sent.Total];
    private readonly BlockingCollection<int> _work = [];
    private readonly Queue<(Position Position, int Number)> _waiting = new();
    private readonly TaskCompletionSource _finished = new();
    private readonly int _wanted = sent.KeyOf.Count(k => key is null || sent.Keys[k] == key);
    private Task _following = Task.CompletedTask;
    private Task _computing = Task.CompletedTask;
    private int _computed;
    private int _confirmed;

    public long Revoked { get; private set; }

    public void Start(CancellationToken stop)
    {
        _following = FollowAsync(stop);
        _computing = Task.Factory.StartNew(Compute, TaskCreationOptions.LongRunning);
    }

    /// <summary>Waits until everything is final and computed, or for so long: lost records are then missing.</summary>
    public async Task FinishedAsync(TimeSpan limit) => await Task.WhenAny(_finished.Task, Task.Delay(limit));

    public async Task StopAsync()
    {
        await _following;
        _work.CompleteAdding();
        await _computing;
    }

    public ConsumerSample Sample()
    {
        var ends = new long[sent.Total];
        for (var i = 0; i < ends.Length; i++)
            ends[i] = _confirmedAt[i] == 0 || _computedAt[i] == 0 ? 0 : Math.Max(_confirmedAt[i], _computedAt[i]);
        return new ConsumerSample(Of(_deliveredAt), Of(_confirmedAt), Of(ends));
    }

    private Quantiles Of(long[] ends) => sent.Since(ends, i => key is null || sent.Keys[sent.KeyOf[i]] == key);

    private async Task FollowAsync(CancellationToken stop)
    {
        try
        {
            var pushes = client.SubscribeAsync(from, speculative, key, alone: key is not null, stop);
            await foreach (var push in pushes.ConfigureAwait(false)) Take(push, Stopwatch.GetTimestamp());
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    private void Take(LogReply push, long now)
    {
        switch (push)
        {
            case LogReply.Records records:
                foreach (var record in records.Items) Deliver(record, records.Certainty == Certainty.Confirmed, now);
                break;
            case LogReply.Confirmed confirmed:
                while (_waiting.TryPeek(out var next) && next.Position < confirmed.UpTo)
                    Confirm(_waiting.Dequeue().Number, now);
                break;
            case LogReply.Revoked revoked:
                Revoked += revoked.Positions.Count;
                Forget(revoked.Positions);
                break;
            default:
                _waiting.Clear();
                break;
        }
    }

    private void Deliver(LogRecord record, bool final, long now)
    {
        var number = sent.NumberOf(record.Payload.Span);
        if (number < 0) return;
        if (_deliveredAt[number] == 0)
        {
            _deliveredAt[number] = now;
            _work.Add(number);
        }

        if (final) Confirm(number, now);
        else _waiting.Enqueue((record.Position, number));
    }

    private void Forget(IReadOnlyCollection<Position> revoked)
    {
        for (var left = _waiting.Count; left > 0; left--)
        {
            var next = _waiting.Dequeue();
            if (!revoked.Contains(next.Position)) _waiting.Enqueue(next);
        }
    }

    private void Confirm(int number, long now)
    {
        if (_confirmedAt[number] != 0) return;
        _confirmedAt[number] = now;
        Interlocked.Increment(ref _confirmed);
        Look();
    }

    private void Compute()
    {
        var batch = new List<int>();
        foreach (var first in _work.GetConsumingEnumerable())
        {
            batch.Add(first);
            while (_work.TryTake(out var more)) batch.Add(more);
            Nap.For(computeMs);
            var now = Stopwatch.GetTimestamp();
            foreach (var number in batch) _computedAt[number] = now;
            Interlocked.Add(ref _computed, batch.Count);
            batch.Clear();
            Look();
        }
    }

    private void Look()
    {
        if (Volatile.Read(ref _computed) >= _wanted && Volatile.Read(ref _confirmed) >= _wanted)
            _finished.TrySetResult();
    }
}
