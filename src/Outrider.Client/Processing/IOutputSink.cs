namespace Outrider.Client.Processing;

/// <summary>
/// Where a processor's outputs go. What makes effects happen exactly once is that a sink writes the outputs and the
/// checkpoint in one transaction, or knows the key of an output that it has seen before.
/// </summary>
public interface IOutputSink<TState, TOutput>
{
    /// <summary>The checkpoint written last; null: none yet.</summary>
    Task<Checkpoint<TState>?> LoadAsync(CancellationToken cancellation);

    /// <summary>Writes confirmed outputs, in order, and where to go on after them.</summary>
    Task WriteAsync(
        IReadOnlyList<Output<TOutput>> outputs, Checkpoint<TState> checkpoint, CancellationToken cancellation);
}
