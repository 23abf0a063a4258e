using System.Diagnostics;

namespace Outrider.Bench.Peers;

/// <summary>One system under test, up and empty.</summary>
/// <param name="name">As in the tables.</param>
/// <param name="copies">What holds a record when it is acknowledged.</param>
internal abstract class PeerSystem(string name, string copies) : IAsyncDisposable
{
    public string Name => name;
    public string Copies => copies;

    /// <summary>All its servers, for their processor time.</summary>
    public abstract IReadOnlyList<Process> Processes { get; }

    public abstract Task<PeerConnection> ConnectAsync(int number);

    /// <summary>
    /// Follows what is appended from now on; completes when it has begun. The payload may stand within the bytes.
    /// </summary>
    public abstract Task<Following> FollowAsync(Following.Take onRecord);

    /// <summary>Drops what earlier runs have appended, so that a run begins as the first did.</summary>
    public abstract Task ForgetAsync();

    public abstract ValueTask DisposeAsync();
}

/// <summary>A reader at the tail; disposing ends it.</summary>
internal sealed class Following(CancellationTokenSource stop, Task running) : IAsyncDisposable
{
    public delegate void Take(ReadOnlySpan<byte> bytes);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        try
        {
            await running;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException
            or Grpc.Core.RpcException)
        {
            // It was told to end.
        }

        stop.Dispose();
    }
}
