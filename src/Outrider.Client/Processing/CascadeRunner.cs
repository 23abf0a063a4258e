using Outrider.Log;

namespace Outrider.Client.Processing;

/// <summary>
/// Derives one key of the log from others without waiting: what it makes of speculative records is appended at once and
/// confirmed or revoked later, in cascade. Readers of the derived key go through a <see cref="CascadeReader"/>.
/// </summary>
/// <param name="client">Reads and appends.</param>
/// <param name="options">What to read; where to begin the first time.</param>
/// <param name="derived">The key to fill; nobody else appends to it.</param>
/// <param name="empty">The state before everything.</param>
/// <param name="handler">Applied to each record in order.</param>
/// <param name="keeping">How states are kept.</param>
/// <param name="codec">How the state travels with confirming verdicts.</param>
public sealed class CascadeRunner<TState>(
    OutriderClient client, RunnerOptions options, string derived, TState empty,
    RecordHandler<TState, ReadOnlyMemory<byte>> handler, IStateKeeping<TState> keeping, IStateCodec<TState> codec)
{
    private const int BatchMax = 1_000;
    private long? _tail;

    /// <summary>Runs until cancelled, or until <paramref name="finished"/> says so.</summary>
    /// <exception cref="OutcomeException">Another writer has begun on the same key, or the log cannot be reached in
    /// time.</exception>
    public async Task RunAsync(
        Func<SpeculativeProcessor<TState, ReadOnlyMemory<byte>>, bool>? finished = null,
        CancellationToken cancellation = default)
    {
        var (start, attempt) = await LoadAsync(cancellation).ConfigureAwait(false);
        var processor = new SpeculativeProcessor<TState, ReadOnlyMemory<byte>>(
            options.Group, start, handler, keeping, options.Bounds);
        var writer = new CascadeWriter(start.Next, attempt);
        await AppendAsync(writer, processor, cancellation).ConfigureAwait(false);
        var pushes = client.SubscribeAsync(options.SubscriptionFrom(start.Next), cancellation);
        await foreach (var push in pushes.ConfigureAwait(false))
        {
            processor.Step(push);
            if (push is LogReply.Ended) processor.Disconnected();
            await AppendAsync(writer, processor, cancellation).ConfigureAwait(false);
            if (finished?.Invoke(processor) == true) return;
        }
    }

    /// <summary>The newest confirming verdict says where to go on, the tail which attempts there have been.</summary>
    private async Task<(Checkpoint<TState> Start, long Attempt)> LoadAsync(CancellationToken cancellation)
    {
        var attempt = 0L;
        _tail = -1;
        var to = new Position(long.MaxValue - 1);
        while (true)
        {
            var page = (await client.ReadKeyAsync(derived, new(0), to, 100, descending: true, cancellation)
                .ConfigureAwait(false)).Require();
            foreach (var record in page.Records)
            {
                if (_tail < 0) _tail = record.Position.Value;
                var (fields, payload) = RecordFields.Read(record);
                var tag = CascadeTag.Of(fields);
                attempt = Math.Max(attempt, tag.Attempt);
                if (tag is { Verdict: CascadeWriter.Confirms, From: { } told })
                    return (new(told, codec.Read(payload)), attempt + 1);
            }

            if (page.Records.Count == 0) return (new(options.From, empty), attempt + 1);
            to = new(page.Records[^1].Position.Value - 1);
        }
    }

    private async Task AppendAsync(
        CascadeWriter writer, SpeculativeProcessor<TState, ReadOnlyMemory<byte>> processor,
        CancellationToken cancellation)
    {
        var changes = processor.TakeEarly();
        var records = writer.Plan(changes, processor.Confirmed, codec.Write(processor.TakeCheckpoint().State));
        for (var at = 0; at < records.Count; at += BatchMax)
        {
            // Conditional: of two writers one stops here, and none appends between what the other has read and said.
            var part = records.Skip(at).Take(BatchMax).ToList();
            var appended = await client.AppendAsync(
                derived, part, new AppendOptions(ExpectedTail: _tail), cancellation).ConfigureAwait(false);
            _tail = appended.Require().Positions[^1].Value;
        }
    }
}
