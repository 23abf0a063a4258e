using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Client.Processing;

/// <summary>A record derived from others: where it is appended.</summary>
public sealed record Derived(string Key, ReadOnlyMemory<byte> Payload, IReadOnlyList<RecordField>? Headers = null);

/// <summary>How a state is stored in a checkpoint record.</summary>
public interface IStateCodec<TState>
{
    ReadOnlyMemory<byte> Write(TState state);
    TState Read(ReadOnlyMemory<byte> bytes);
}

/// <summary>
/// From log to log: derived records are appended when what they rest on is confirmed, each under its own name
/// (group, position, number), so that a repeat after a crash is known; the checkpoint is a record of the key
/// <c>checkpoints/GROUP</c>.
/// </summary>
/// <remarks>
/// Outputs first, then the checkpoint: a crash between them repeats appends that the log recognizes as long as it
/// remembers the names (its duplicate memory is bounded; see LIMITATIONS).
/// </remarks>
public sealed class LogSink<TState>(OutriderClient client, string group, IStateCodec<TState> codec)
    : IOutputSink<TState, Derived>
{
    // The number within a record takes the low bits of the sequence.
    private const int NumberBits = 12;
    private readonly ProducerId _producer = new(
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes("derived/" + group))) | 1);
    private readonly string _checkpoints = "checkpoints/" + group;
    private long? _tail;

    /// <summary>Begins from the runner's own start, as after a lost checkpoint; repeats are known.</summary>
    public bool IgnoresCheckpoint { get; init; }

    public async Task<Checkpoint<TState>?> LoadAsync(CancellationToken cancellation)
    {
        var extent = (await client.KeyAsync(_checkpoints, cancellation).ConfigureAwait(false)).Require();
        if (extent.Last is not { } last)
        {
            _tail = -1;
            return null;
        }

        var page = (await client.ReadKeyAsync(_checkpoints, last, last, 1, cancellation: cancellation)
            .ConfigureAwait(false)).Require();
        _tail = last.Value;
        if (IgnoresCheckpoint) return null;
        var payload = page.Records[0].Payload;
        return new(new(BinaryPrimitives.ReadInt64LittleEndian(payload.Span)), codec.Read(payload[8..]));
    }

    /// <exception cref="OutcomeException">Another process writes checkpoints of the same group, or the log cannot be
    /// reached in time.</exception>
    public async Task WriteAsync(
        IReadOnlyList<Output<Derived>> outputs, Checkpoint<TState> checkpoint, CancellationToken cancellation)
    {
        Check.That(_tail is not null);
        foreach (var output in outputs)
        {
            Check.That(output.Key.Number < 1 << NumberBits);
            var named = AppendOptions.Default with
            {
                Producer = _producer,
                Sequence = (output.Key.Position.Value << NumberBits) | (long)output.Key.Number,
            };
            var record = new NewRecord(output.Value.Payload, output.Value.Headers);
            (await client.AppendAsync(output.Value.Key, [record], named, cancellation).ConfigureAwait(false)).Require();
        }

        var state = codec.Write(checkpoint.State);
        var payload = new byte[8 + state.Length];
        BinaryPrimitives.WriteInt64LittleEndian(payload, checkpoint.Next.Value);
        state.CopyTo(payload.AsMemory(8));
        // Conditional: of two processes that believe to be the group's, one stops here.
        var written = await client.AppendAsync(
            _checkpoints, payload, new AppendOptions(ExpectedTail: _tail), cancellation).ConfigureAwait(false);
        _tail = written.Require().Positions[0].Value;
        await client.TrimKeyAsync(_checkpoints, keepLast: 2, cancellation: cancellation).ConfigureAwait(false);
    }
}
