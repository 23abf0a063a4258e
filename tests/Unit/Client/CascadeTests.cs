using System.Text;
using Outrider.Client;
using Outrider.Client.Processing;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Tests.Unit.Client;

/// <summary>
/// One log revokes at random, a processor derives from it into another that revokes at random too, and a second
/// processor reads that: what it lets out is what a replay of both would give. Writers die and are replaced.
/// </summary>
public sealed class CascadeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void What_leaves_the_second_log_is_what_a_replay_of_both_gives(int seed)
    {
        var run = new Run((ulong)seed);
        for (var round = 0; round < 4_000; round++) run.Act();
        run.Finish();
        Assert.True(run.Revocations > 100, $"{run.Revocations} revocations at the first");
        Assert.True(run.Cascaded > 50, $"{run.Cascaded} revocations at the second");
        Assert.Equal(run.Expected(), run.Released);
        Assert.Equal(0, run.Open);
    }

    [Fact]
    public void A_derived_record_is_shown_before_and_final_only_after_what_it_rests_on()
    {
        var writer = new CascadeWriter(default, attempt: 1);
        var reader = new CascadeReader();
        var one = new Output<ReadOnlyMemory<byte>>(new("g", new(5), 0), "x"u8.ToArray());
        var at = 0L;
        LogReply.Records Push(IReadOnlyList<NewRecord> records) => new(
            [.. records.Select(record => Read(record, at++))], Certainty.Speculative, new(at), default);
        var shown = reader.Step(Push(writer.Plan(new(null, [one]), default, default)));
        Assert.Single(Assert.IsType<LogReply.Records>(Assert.Single(shown)).Items);
        // Confirmed itself: still resting on what is not.
        Assert.DoesNotContain(reader.Step(new LogReply.Confirmed(new(2), default)),
            push => push is LogReply.Confirmed { UpTo.Value: > 1 });
        reader.Step(Push(writer.Plan(new(null, []), new(6), default)));
        var final = reader.Step(new LogReply.Confirmed(new(3), default));
        Assert.Equal(3, Assert.IsType<LogReply.Confirmed>(Assert.Single(final)).UpTo.Value);
    }

    private static LogRecord Read(NewRecord record, long position)
    {
        var draft = RecordFields.Draft("derived", record.Payload, record.Headers ?? [], 0);
        return new(new(position), default, default, draft.Key, draft.Payload, draft.Headers, 0);
    }

    private sealed class Run
    {
        private readonly Rng _rng;
        private readonly List<LogRecord> _sent = [];
        private readonly List<LogRecord> _final = [];
        private readonly List<LogRecord> _placed = [];
        private readonly List<LogRecord> _ever = [];
        private readonly Queue<IReadOnlyList<NewRecord>> _queue = new();
        private readonly CascadeReader _reader = new();
        private readonly SpeculativeProcessor<int, string> _second;
        private SpeculativeProcessor<long, ReadOnlyMemory<byte>> _first = null!;
        private CascadeWriter _writer = null!;
        private long _attempt;
        private long _next;
        private long _confirmed;
        private long _derivedNext;
        private long _derivedConfirmed;

        public Run(ulong seed)
        {
            _rng = new(seed);
            _second = new("second", new(default, 0), static (count, record, emit) =>
            {
                emit(Encoding.UTF8.GetString(record.Payload.Span));
                return count + 1;
            },
                new PersistentState<int>());
            Begin(new(default, 0));
        }

        public List<string> Released { get; } = [];
        public int Revocations { get; private set; }
        public int Cascaded { get; private set; }
        public int Open => _reader.OpenCount;

        public void Act()
        {
            switch (_rng.Below(12))
            {
                case < 4:
                    Feed(Send());
                    break;
                case < 6:
                    ConfirmFirst(_rng.Between(_confirmed, _next));
                    break;
                case 6:
                    RevokeFirst();
                    break;
                case < 9:
                    Place();
                    break;
                case 9:
                    ConfirmSecond(_rng.Between(_derivedConfirmed, _derivedNext));
                    break;
                case 10:
                    RevokeSecond();
                    break;
                default:
                    if (_rng.Chance(0.1)) Replace();
                    else if (_rng.Chance(0.2)) Reconnect();
                    break;
            }
        }

        public void Finish()
        {
            ConfirmFirst(_next);
            while (_queue.Count > 0) Place();
            ConfirmSecond(_derivedNext);
        }

        public IEnumerable<string> Expected()
        {
            var sum = 0L;
            foreach (var record in _final) yield return $"{record.Position}={sum += record.TimestampMs}";
        }

        private void Begin(Checkpoint<long> start)
        {
            _first = new("first", start, static (sum, record, emit) =>
            {
                sum += record.TimestampMs;
                emit(Encoding.UTF8.GetBytes($"{record.Position}={sum}"));
                return sum;
            },
                new PersistentState<long>(), new SpeculationBounds(1000, 5));
            _first.TakeEarly();
            _attempt += 1_000;
            _writer = new(start.Next, _attempt);
        }

        /// <summary>The writer dies; its batches under way are refused from now on, for the next one has read the
        /// derived key to its end and appended right there.</summary>
        private void Replace()
        {
            _queue.Clear();
            ConfirmSecond(_derivedNext);
            var told = new Checkpoint<long>(default, 0);
            foreach (var record in _ever)
            {
                var (fields, payload) = RecordFields.Read(record);
                if (!fields.Any(f => f.Value.Span.SequenceEqual("confirmed"u8))) continue;
                var from = fields.Single(f => f.Name.Span.SequenceEqual("cascade-from"u8)).Value;
                told = new(new(long.Parse(from.Span)), BitConverter.ToInt64(payload.Span));
            }

            Begin(told);
            Feed(new LogReply.Confirmed(told.Next, default));
            Place();
            var again = _final.Concat(_sent).Where(r => r.Position >= told.Next).ToList();
            if (again.Count > 0) Feed(new LogReply.Records(again, Certainty.Speculative, new(_next), default));
            Feed(new LogReply.Confirmed(new(_confirmed), default));
        }

        private void Feed(LogReply push)
        {
            _first.Step(push);
            var state = BitConverter.GetBytes(_first.TakeCheckpoint().State);
            var records = _writer.Plan(_first.TakeEarly(), _first.Confirmed, state);
            if (records.Count > 0) _queue.Enqueue(records);
        }

        private LogReply.Records Send()
        {
            var items = new List<LogRecord>();
            for (var count = _rng.Between(1, 4); count > 0; count--)
                items.Add(new(new(_next++), default, default, "base", default, default, _rng.Below(100)));
            _sent.AddRange(items);
            return new(items, Certainty.Speculative, new(_next), default);
        }

        private void ConfirmFirst(long upTo)
        {
            _confirmed = upTo;
            _final.AddRange(_sent.TakeWhile(r => r.Position.Value < upTo));
            _sent.RemoveAll(r => r.Position.Value < upTo);
            Feed(new LogReply.Confirmed(new(upTo), default));
        }

        private void RevokeFirst()
        {
            var gone = _sent.Where(_ => _rng.Chance(0.3)).Select(r => r.Position).ToList();
            if (gone.Count == 0) return;
            Revocations++;
            _sent.RemoveAll(r => gone.Contains(r.Position));
            Feed(new LogReply.Revoked(gone[0], gone, default));
        }

        private void Place()
        {
            if (!_queue.TryDequeue(out var batch)) return;
            var records = batch.Select(record => Read(record, _derivedNext++)).ToList();
            _placed.AddRange(records);
            Show(new LogReply.Records(records, Certainty.Speculative, new(_derivedNext), default));
        }

        private void ConfirmSecond(long upTo)
        {
            _derivedConfirmed = upTo;
            _ever.AddRange(_placed.TakeWhile(r => r.Position.Value < upTo));
            _placed.RemoveAll(r => r.Position.Value < upTo);
            Show(new LogReply.Confirmed(new(upTo), default));
        }

        /// <summary>Everything not confirmed is lost and appended again, in its order, as its writer does.</summary>
        private void RevokeSecond()
        {
            if (_placed.Count == 0) return;
            var again = _placed.ConvertAll(static record =>
            {
                var (fields, payload) = RecordFields.Read(record);
                return new NewRecord(payload, fields);
            });
            Show(new LogReply.Revoked(_placed[0].Position, [.. _placed.Select(r => r.Position)], default));
            _placed.Clear();
            var waiting = _queue.ToArray();
            _queue.Clear();
            _queue.Enqueue(again);
            foreach (var batch in waiting) _queue.Enqueue(batch);
        }

        private void Reconnect()
        {
            Show(new LogReply.Ended(new(_derivedConfirmed), "lost"));
            if (_placed.Count > 0)
                Show(new LogReply.Records([.. _placed], Certainty.Speculative, new(_derivedNext), default));
        }

        private void Show(LogReply push)
        {
            foreach (var told in _reader.Step(push))
            {
                if (told is LogReply.Revoked) Cascaded++;
                if (told is LogReply.Ended) _second.Disconnected();
                Released.AddRange(_second.Step(told).Select(output => output.Value));
            }
        }
    }
}
