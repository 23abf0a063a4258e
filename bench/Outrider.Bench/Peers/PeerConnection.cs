namespace Outrider.Bench.Peers;

/// <summary>One client's connection to a system; acknowledgements come in the order of the records.</summary>
internal abstract class PeerConnection : IAsyncDisposable
{
    /// <summary>Acknowledgements that were refusals.</summary>
    public long Errors { get; protected set; }

    /// <summary>One record as it goes over the wire.</summary>
    public abstract byte[] Encode(ReadOnlySpan<byte> payload);

    /// <summary>Sends so many encoded records in one go.</summary>
    public abstract ValueTask SendAsync(ReadOnlyMemory<byte> records, int count);

    /// <summary>Waits for more acknowledgements; how many came. 0: the connection has ended.</summary>
    public abstract ValueTask<int> AcksAsync();

    public abstract ValueTask DisposeAsync();
}
