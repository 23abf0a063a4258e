using Outrider.Core;
using Outrider.Log;

namespace Outrider.Client.Processing;

/// <summary>What a runner needs beside its handler.</summary>
/// <param name="Group">Names the outputs' keys; the same over restarts.</param>
/// <param name="Key">Only this key's records; null: all, or what <paramref name="Filter"/> takes.</param>
/// <param name="Filter">Judged by the server.</param>
/// <param name="MaxSpeculativeRecords">Delivered and not confirmed at most; beyond it delivery pauses.</param>
/// <param name="MaxSpeculativeMs">So long may the oldest of them wait before delivery pauses; 0: as long as it
/// takes.</param>
/// <param name="BatchRecords">Records between two kept states.</param>
/// <param name="From">Where to begin when the sink has no checkpoint.</param>
/// <param name="WhenLost">Told of positions of which no copy is left; null: they are passed. Throwing ends the run
/// before anything behind them is applied.</param>
public sealed record RunnerOptions(
    string Group, string? Key = null, RecordFilter? Filter = null, int MaxSpeculativeRecords = 65_536,
    int MaxSpeculativeMs = 0, int BatchRecords = 64, Position From = default,
    Action<IReadOnlyList<Position>>? WhenLost = null)
{
    internal SpeculationBounds Bounds => new(MaxSpeculativeRecords, BatchRecords);

    internal SubscribeOptions SubscriptionFrom(Position next) => new()
    {
        From = next,
        Key = Key,
        Filter = Filter,
        MaxSpeculativeRecords = MaxSpeculativeRecords,
        MaxSpeculativeMs = MaxSpeculativeMs,
    };
}

/// <summary>
/// Follows the log into a <see cref="SpeculativeProcessor{TState,TOutput}"/> and writes what is confirmed to a sink:
/// outputs together with the checkpoint that covers them. It reconnects by itself; after a crash it goes on from the
/// sink's checkpoint.
/// </summary>
public sealed class ProcessorRunner<TState, TOutput>(
    OutriderClient client, RunnerOptions options, TState empty, RecordHandler<TState, TOutput> handler,
    IStateKeeping<TState> keeping, IOutputSink<TState, TOutput> sink)
{
    private SpeculativeProcessor<TState, TOutput>? _processor;

    /// <summary>Null before the checkpoint is loaded.</summary>
    public SpeculativeProcessor<TState, TOutput>? Processor => _processor;

    /// <summary>Records that were delivered as speculative and taken back.</summary>
    public long RevokedTotal { get; private set; }

    /// <summary>Runs until cancelled, or until <paramref name="finished"/> says so after a write.</summary>
    public async Task RunAsync(
        Func<SpeculativeProcessor<TState, TOutput>, bool>? finished = null, CancellationToken cancellation = default)
    {
        var start = await sink.LoadAsync(cancellation).ConfigureAwait(false)
            ?? new Checkpoint<TState>(options.From, empty);
        var processor = new SpeculativeProcessor<TState, TOutput>(
            options.Group, start, handler, keeping, options.Bounds);
        _processor = processor;
        if (finished?.Invoke(processor) == true) return;
        var pushes = client.SubscribeAsync(options.SubscriptionFrom(start.Next), cancellation);
        await foreach (var push in pushes.ConfigureAwait(false))
        {
            var before = processor.Confirmed;
            var outputs = processor.Step(push);
            if (push is LogReply.Revoked revoked) RevokedTotal += revoked.Positions.Count;
            if (push is LogReply.Lost lost) options.WhenLost?.Invoke(lost.Positions);
            if (push is LogReply.Ended) processor.Disconnected();
            if (processor.Confirmed <= before) continue;
            Check.That(outputs.Count == 0 || outputs[^1].Key.Position < processor.Confirmed);
            // Nothing to show and little behind: the checkpoint may wait for the next output.
            if (outputs.Count > 0 || processor.SpeculativeCount == 0)
                await sink.WriteAsync(outputs, processor.TakeCheckpoint(), cancellation).ConfigureAwait(false);
            if (finished?.Invoke(processor) == true) return;
        }
    }
}
