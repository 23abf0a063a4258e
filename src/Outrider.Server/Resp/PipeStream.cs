using System.IO.Pipelines;

namespace Outrider.Server.Resp;

/// <summary>A connection's two pipes as the one stream that TLS wants.</summary>
internal sealed class PipeStream(IDuplexPipe pipe) : Stream
{
    private readonly Stream _input = pipe.Input.AsStream(leaveOpen: true);
    private readonly Stream _output = pipe.Output.AsStream(leaveOpen: true);

    public override bool CanRead => true;
    public override bool CanWrite => true;
    public override bool CanSeek => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken cancellation = default) =>
        _input.ReadAsync(into, cancellation);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation = default) =>
        _output.WriteAsync(bytes, cancellation);

    public override Task<int> ReadAsync(byte[] into, int offset, int count, CancellationToken cancellation) =>
        _input.ReadAsync(into.AsMemory(offset, count), cancellation).AsTask();

    public override Task WriteAsync(byte[] bytes, int offset, int count, CancellationToken cancellation) =>
        _output.WriteAsync(bytes.AsMemory(offset, count), cancellation).AsTask();

    public override Task FlushAsync(CancellationToken cancellation) => _output.FlushAsync(cancellation);

    public override void Flush() => _output.Flush();
    public override int Read(byte[] buffer, int offset, int count) => _input.Read(buffer, offset, count);
    public override void Write(byte[] buffer, int offset, int count) => _output.Write(buffer, offset, count);
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}
