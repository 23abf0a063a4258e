using Outrider.Core;
using Outrider.Runtime;

namespace Outrider.Tests.Fuzz;

/// <summary>Frames beside a slow decoder written from the format's description, one by one and as a stream.</summary>
public sealed class FrameTests
{
    private const int MaxBytes = 300;

    [Fact]
    public void A_frame_reads_as_the_slow_decoder_reads_it()
    {
        var outcomes = new int[5];
        for (var i = 0; i < Fuzzing.Cases(120_000); i++)
        {
            var draw = new Draw(Rng.Fork(Fuzzing.Seed, "frame", i));
            var valid = One(draw.Bytes(MaxBytes));
            var bytes = i % 8 == 0 ? valid : Mutator.Damage(draw, valid, One(draw.Bytes(60)));
            if (i % 2 == 0) ReferenceFrame.Reseal(bytes);
            Fuzzing.Guard("frame", i, bytes, () =>
            {
                var (expected, body) = ReferenceFrame.Read(bytes, MaxBytes);
                var outcome = Frame.TryRead(bytes, MaxBytes, out var length, out var consumed);
                Assert.Equal(expected, outcome);
                var isWhole = outcome == FrameOutcome.Ok;
                Assert.Equal(isWhole ? Frame.HeaderBytes + body.Length : 0, consumed);
                Assert.True(bytes.AsSpan(isWhole ? Frame.HeaderBytes : 0, length).SequenceEqual(body));
                outcomes[(int)outcome]++;
            });
        }

        Assert.All(outcomes, count => Assert.True(count > 100, string.Join(' ', outcomes)));
    }

    [Fact]
    public void A_stream_of_frames_is_cut_where_the_slow_decoder_cuts_it()
    {
        int frames = 0, failures = 0;
        for (var i = 0; i < Fuzzing.Cases(15_000); i++)
        {
            var draw = new Draw(Rng.Fork(Fuzzing.Seed, "frame stream", i));
            var bytes = draw.List(4, () => One(draw.Bytes(MaxBytes))).SelectMany(frame => frame).ToArray();
            if (draw.Chance(0.7)) bytes = Mutator.Damage(draw, bytes, One(draw.Bytes(60)));
            Fuzzing.Guard("frame stream", i, bytes, () =>
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                var receiver = new FrameReceiver(new Trickle(bytes, draw), 64 + draw.Below(200));
                var rest = bytes;
                while (true)
                {
                    var read = receiver.ReadAsync(MaxBytes, default).AsTask();
                    Assert.True(read.IsCompletedSuccessfully);
                    var (outcome, body) = ReferenceFrame.Read(rest, MaxBytes);
                    Assert.Equal(outcome == FrameOutcome.Ok, read.Result.Failure is null);
                    Assert.Equal(rest.Length == 0, read.Result.IsEnd);
                    if (outcome != FrameOutcome.Ok) break;
                    Assert.True(read.Result.Body.Span.SequenceEqual(body));
                    rest = rest[(Frame.HeaderBytes + body.Length)..];
                    frames++;
                }

                failures += rest.Length > 0 ? 1 : 0;
                Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < (64 << 10) + (64L * bytes.Length));
            });
        }

        Assert.True(frames > 1000 && failures > 1000, $"{frames} frames, {failures} failures");
    }

    private static byte[] One(byte[] body) => Decoder.Bytes(writer =>
    {
        var start = Frame.Begin(writer);
        body.CopyTo(writer.Reserve(body.Length));
        Frame.End(writer, start);
    });

    /// <summary>Hands out a few bytes at a time.</summary>
    private sealed class Trickle(byte[] bytes, Draw draw) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken cancellation = default) =>
            base.ReadAsync(into[..Math.Min(into.Length, 1 + draw.Below(80))], cancellation);
    }
}
