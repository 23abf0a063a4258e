using System.Collections.Immutable;
using Outrider.Client.Processing;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Tests.Unit.Client;

/// <summary>A log that revokes at random, against a plain replay of what was confirmed in the end.</summary>
public sealed class SpeculativeProcessorTests
{
    private const int Rounds = 10_000;

    [Fact]
    public void A_persistent_state_always_ends_equal_to_a_replay()
    {
        var run = new Run(seed: 1);
        run.Check(new PersistentState<ImmutableSortedDictionary<string, long>>(),
            ImmutableSortedDictionary<string, long>.Empty,
            static (state, record, emit) =>
            {
                var sum = state.GetValueOrDefault(record.Key) + record.TimestampMs;
                emit($"{record.Key}={sum}");
                return state.SetItem(record.Key, sum);
            },
            static state => string.Join(";", state.Select(p => $"{p.Key}:{p.Value}")));
    }

    [Fact]
    public void A_mutable_state_always_ends_equal_to_a_replay()
    {
        var run = new Run(seed: 2);
        run.Check(new ForkedState<Sums>(), new Sums(),
            Add, static state => state.ToString());
    }

    [Theory]
    [MemberData(nameof(Bugs))]
    public void Planted_bugs_are_found(ProcessorBugs bug)
    {
        for (ulong seed = 1; seed <= 5; seed++)
        {
            try
            {
                new Run(seed, bug).Check(new ForkedState<Sums>(), new Sums(), Add, static state => state.ToString());
            }
            catch (Exception found) when (found is Xunit.Sdk.XunitException or InvariantViolation)
            {
                return;
            }
        }

        Assert.Fail($"{bug} went unnoticed");
    }

    public static TheoryData<ProcessorBugs> Bugs { get; } =
        [.. Enum.GetValues<ProcessorBugs>().Where(bug => bug != ProcessorBugs.None)];

    private static Sums Add(Sums state, LogRecord record, Action<string> emit)
    {
        state.Add(record.Key, record.TimestampMs);
        emit($"{record.Key}={state.Of(record.Key)}");
        if (record.TimestampMs % 3 == 0) emit($"{record.Key}: third");
        return state;
    }

    [Fact]
    public void An_output_of_a_revoked_record_never_leaves()
    {
        var processor = new SpeculativeProcessor<int, string>("g", new(default, 0),
            static (state, record, emit) =>
            {
                emit(record.Key);
                return state + 1;
            },
            new PersistentState<int>());
        processor.Step(Records(At(0, "a"), At(1, "b"), At(2, "c")));
        processor.Step(new LogReply.Revoked(new(1), [new(1)], default));
        var released = processor.Step(new LogReply.Confirmed(new(3), default));
        Assert.Equal(["a", "c"], released.Select(o => o.Value));
        Assert.Equal(2, processor.State);
        Assert.Equal(["g/0/0", "g/2/0"], released.Select(o => o.Key.ToString()));
    }

    [Fact]
    public void A_lost_subscription_goes_back_to_the_last_confirmed_record()
    {
        var processor = new SpeculativeProcessor<int, string>("g", new(default, 0),
            static (state, _, _) => state + 1, new PersistentState<int>());
        processor.Step(Records(At(0, "a"), At(1, "b"), At(2, "c")));
        processor.Step(new LogReply.Confirmed(new(2), default));
        processor.Disconnected();
        Assert.Equal(2, processor.State);
        Assert.Equal(new Position(2), processor.Confirmed);
        Assert.Equal(2, processor.TakeCheckpoint().State);
    }

    private static LogReply.Records Records(params LogRecord[] items) =>
        new(items, Certainty.Speculative, items[^1].Position.Next(), default);

    private static LogRecord At(long position, string key, long value = 1) =>
        new(new(position), new(1), new(position), key, default, default, value);

    private sealed class Sums : IForkable<Sums>
    {
        private readonly SortedDictionary<string, long> _sums = new(StringComparer.Ordinal);

        public void Add(string key, long value) => _sums[key] = Of(key) + value;
        public long Of(string key) => _sums.GetValueOrDefault(key);
        public override string ToString() => string.Join(";", _sums.Select(p => $"{p.Key}:{p.Value}"));

        public Sums Fork()
        {
            var copy = new Sums();
            foreach (var (key, value) in _sums) copy._sums[key] = value;
            return copy;
        }
    }

    private sealed class Run(ulong seed, ProcessorBugs bugs = ProcessorBugs.None)
    {
        private readonly Rng _rng = new(seed);
        private readonly List<LogRecord> _sent = [];
        private readonly List<LogRecord> _final = [];
        private long _next;
        private long _confirmed;

        public void Check<TState>(
            IStateKeeping<TState> keeping, TState empty, RecordHandler<TState, string> handler,
            Func<TState, string> print)
        {
            var processor = new SpeculativeProcessor<TState, string>(
                "g", new(default, keeping.Keep(empty)), handler, keeping, new SpeculationBounds(1000, 7), bugs);
            var released = new List<string>();
            var revocations = 0;
            for (var round = 0; round < Rounds; round++)
            {
                var dice = _rng.Below(10);
                if (dice < 6) processor.Step(Send());
                else if (dice < 8) Confirm(processor, released);
                else if (Revocation() is { } revoked)
                {
                    revocations++;
                    processor.Step(revoked);
                }

                if (round % 1000 == 999) Resubscribe(processor);
                if (round % 500 == 250) CheckCheckpoint(processor, keeping, empty, handler, print);
            }

            _confirmed = _next;
            Release(processor.Step(new LogReply.Confirmed(new(_next), default)), released);
            _final.AddRange(_sent);
            var expectedOutputs = new List<string>();
            var expected = keeping.Resume(empty);
            foreach (var record in _final)
            {
                var number = 0;
                expected = handler(expected, record,
                    value => expectedOutputs.Add($"g/{record.Position}/{number++} {value}"));
            }

            Assert.True(revocations > 500);
            Assert.Equal(expectedOutputs, released);
            Assert.Equal(print(expected), print(processor.State));
            Assert.Equal(print(expected), print(processor.TakeCheckpoint().State));
            Assert.Equal(0, processor.HeldOutputs);
        }

        private LogReply.Records Send()
        {
            var items = new List<LogRecord>();
            for (var count = _rng.Between(1, 5); count > 0; count--)
            {
                if (_rng.Chance(0.1)) _next++;
                items.Add(At(_next++, $"k{_rng.Below(4)}", _rng.Below(100)));
            }

            _sent.AddRange(items);
            return new(items, Certainty.Speculative, new(_next), default);
        }

        private void Confirm<TState>(SpeculativeProcessor<TState, string> processor, List<string> released)
        {
            _confirmed = _rng.Between(_confirmed, _next);
            Release(processor.Step(new LogReply.Confirmed(new(_confirmed), default)), released);
            _final.AddRange(_sent.TakeWhile(r => r.Position.Value < _confirmed));
            _sent.RemoveAll(r => r.Position.Value < _confirmed);
        }

        /// <summary>What leaves rests on confirmed records alone, and bears the name it will always bear.</summary>
        private void Release(IReadOnlyList<Output<string>> outputs, List<string> released)
        {
            foreach (var output in outputs)
            {
                Assert.True(output.Key.Position.Value < _confirmed, $"{output.Key} left at {_confirmed}");
                released.Add($"{output.Key} {output.Value}");
            }
        }

        private void CheckCheckpoint<TState>(
            SpeculativeProcessor<TState, string> processor, IStateKeeping<TState> keeping, TState empty,
            RecordHandler<TState, string> handler, Func<TState, string> print)
        {
            var checkpoint = processor.TakeCheckpoint();
            var expected = keeping.Resume(empty);
            foreach (var record in _final) expected = handler(expected, record, static _ => { });
            Assert.Equal(_confirmed, checkpoint.Next.Value);
            Assert.Equal(print(expected), print(checkpoint.State));
        }

        private LogReply.Revoked? Revocation()
        {
            var gone = _sent.Where(_ => _rng.Chance(0.3)).Select(r => r.Position).ToList();
            if (gone.Count == 0) return null;
            _sent.RemoveAll(r => gone.Contains(r.Position));
            return new(gone[0], gone, default);
        }

        private void Resubscribe<TState>(SpeculativeProcessor<TState, string> processor)
        {
            processor.Disconnected();
            if (_sent.Count == 0) return;
            processor.Step(new LogReply.Records([.. _sent], Certainty.Speculative, new(_next), default));
        }
    }
}
