using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>What the speculative log promises, judged over a recorded history; pure functions.</summary>
public static class LogCheckers
{
    public static IReadOnlyList<CheckerReport> All(LogHistory history)
    {
        var truth = Truth(history, out var agreement);
        return
        [
            agreement,
            Completeness(history, truth),
            Acknowledged(history, truth),
            Duplicates(history, truth),
            Linearizable(history),
            Revoked(history, truth),
            Effects(history),
            Reads(history, truth),
            Lost(history),
            new CheckerReport(
                "clients", history.Acks.Count + history.SpeculativeFacts, history.Broken.FirstOrDefault()),
        ];
    }

    /// <summary>One total order: whoever shows a position as confirmed shows the same record there.</summary>
    private static SortedDictionary<Position, SeenRecord> Truth(LogHistory history, out CheckerReport report)
    {
        var truth = new SortedDictionary<Position, SeenRecord>();
        var facts = 0L;
        string? problem = null;
        var seen = history.Stretches.SelectMany(s => s.Items.Select(item => (s.Client, item)))
            .Concat(history.Answers.SelectMany(a => a.Items.Select(item => (a.Client, item))));
        foreach (var (client, item) in seen)
        {
            facts++;
            if (truth.TryAdd(item.Position, item)) continue;
            var first = truth[item.Position];
            if (first.Digest != item.Digest)
                problem ??= $"{item.Position}: client {client} was shown {item.Producer}/{item.Operation} of " +
                    $"{item.Rid}, another client {first.Producer}/{first.Operation} of {first.Rid}";
        }

        report = new CheckerReport("order", facts, problem);
        return truth;
    }

    /// <summary>A follower has seen every confirmed record of its stretch, in order, once.</summary>
    private static CheckerReport Completeness(LogHistory history, SortedDictionary<Position, SeenRecord> truth)
    {
        // Streams of consumer groups are shown to those alone who ask for them by name.
        var all = truth.Where(r => !GroupCodec.IsGroupStream(r.Value.Key)).Select(r => r.Key).ToList();
        var facts = 0L;
        string? problem = null;
        foreach (var stretch in history.Stretches)
        {
            for (var i = 1; i < stretch.Items.Count; i++)
            {
                facts++;
                if (stretch.Items[i - 1].Position >= stretch.Items[i].Position)
                    problem ??= $"client {stretch.Client} was shown {stretch.Items[i].Position} after " +
                        $"{stretch.Items[i - 1].Position}";
            }

            var positions = stretch.Key is null
                ? all : [.. truth.Where(r => r.Value.Key == stretch.Key).Select(r => r.Key)];
            var expected = LowerBound(positions, stretch.To) - LowerBound(positions, stretch.From);
            if (expected == stretch.Items.Count) continue;
            var own = stretch.Items.Select(i => i.Position).ToHashSet();
            var lacks = positions.Where(p => p >= stretch.From && p < stretch.To && !own.Contains(p)).ToList();
            // What others were shown before it was lost.
            if (expected - lacks.RemoveAll(stretch.Told.Contains) == stretch.Items.Count) continue;
            var missing = lacks.FirstOrDefault();
            problem ??= $"client {stretch.Client} of {stretch.Key ?? "all keys"} has confirmed " +
                $"[{stretch.From}, {stretch.To}) with " +
                $"{stretch.Items.Count} records where there are {expected}; the first it lacks is {missing}";
        }

        return new CheckerReport("prefix", facts, problem);
    }

    /// <summary>An acknowledged record stands at the position that was acknowledged.</summary>
    private static CheckerReport Acknowledged(LogHistory history, SortedDictionary<Position, SeenRecord> truth)
    {
        var facts = 0L;
        string? problem = null;
        foreach (var ack in history.Acks)
        {
            for (var part = 0; part < ack.Positions.Count; part++)
            {
                facts++;
                var position = ack.Positions[part];
                if (truth.TryGetValue(position, out var there))
                {
                    if ((there.Producer, there.Operation, there.Part) == (ack.Client, ack.Operation, part)) continue;
                    problem ??= $"{Name(ack)} was acknowledged at {position} by {ack.By}, which holds " +
                        $"{there.Producer}/{there.Operation}";
                }
                else if (history.IsComplete && !history.Lost.ContainsKey(position)
                    && position >= history.RetainedFrom)
                {
                    problem ??= $"{Name(ack)} was acknowledged at {position} by {ack.By} at " +
                        $"{ack.AckedMicros / 1000} ms and is nowhere";
                }
            }
        }

        return new CheckerReport("acknowledged", facts, problem);
    }

    /// <summary>A batch is in the log at most once, whatever its client retried.</summary>
    private static CheckerReport Duplicates(LogHistory history, SortedDictionary<Position, SeenRecord> truth)
    {
        var seen = new Dictionary<(int, int, int), Position>();
        string? problem = null;
        foreach (var record in truth.Values)
        {
            var name = (record.Producer, record.Operation, record.Part);
            // A batch that was lost may be placed again.
            if (history.Lost.ContainsKey(record.Position)) continue;
            if (record.Producer >= 0 && !seen.TryAdd(name, record.Position))
                problem ??= $"batch {record.Producer}/{record.Operation} stands at {seen[name]} and {record.Position}";
        }

        return new CheckerReport("duplicates", truth.Count, problem);
    }

    /// <summary>What was acknowledged before another append began has the lower position.</summary>
    private static CheckerReport Linearizable(LogHistory history)
    {
        var facts = 0L;
        string? problem = null;
        var acked = history.Acks.OrderBy(a => a.AckedMicros).ToList();
        var next = 0;
        AckedBatch? highest = null;
        foreach (var batch in history.Acks.OrderBy(a => a.InvokedMicros))
        {
            for (; next < acked.Count && acked[next].AckedMicros < batch.InvokedMicros; next++)
                if (highest is null || acked[next].Positions[^1] > highest.Positions[^1]) highest = acked[next];
            if (highest is null) continue;
            facts++;
            if (highest.Positions[^1] > batch.Positions[0])
                problem ??= $"{Name(batch)}, begun at {batch.InvokedMicros / 1000} ms, stands at " +
                    $"{batch.Positions[0]}; {Name(highest)}, acknowledged at {highest.AckedMicros / 1000} ms, at " +
                    $"{highest.Positions[^1]}";
        }

        return new CheckerReport("linearizable", facts, problem);
    }

    /// <summary>What was revoked never happened, for anybody.</summary>
    private static CheckerReport Revoked(LogHistory history, SortedDictionary<Position, SeenRecord> truth)
    {
        string? problem = null;
        foreach (var (client, record) in history.Revoked)
            if (truth.TryGetValue(record.Position, out var there))
                problem ??= $"client {client} was told that {record.Position} is revoked, and it holds " +
                    $"{there.Producer}/{there.Operation} of {there.Rid}";
        return new CheckerReport("revoked", history.SpeculativeFacts + history.Revoked.Count, problem);
    }

    /// <summary>Where one of two home copies is lost at most, nothing that was shown is taken back.</summary>
    public static CheckerReport Unrevoked(LogHistory history)
    {
        string? problem = null;
        foreach (var (client, record) in history.Revoked)
            problem ??= $"client {client} was told that {record.Position} of {record.Rid} is revoked, and only one " +
                "node has ever failed";
        return new CheckerReport("unrevoked", history.SpeculativeFacts, problem);
    }

    /// <summary>
    /// What left a follower's gate is what a plain replay of the confirmed log would have made: once, in order, and
    /// never from a record that was revoked.
    /// </summary>
    private static CheckerReport Effects(LogHistory history)
    {
        var facts = 0L;
        string? problem = null;
        foreach (var stretch in history.Stretches)
        {
            var expected = ExpectedEffects(stretch);
            for (var i = 0; i < stretch.Effects.Count; i++)
            {
                facts++;
                if (i >= expected.Count)
                    problem ??= $"client {stretch.Client} let out {stretch.Effects.Count} effects, and its " +
                        $"{stretch.Items.Count} confirmed records make {expected.Count}";
                else if (stretch.Effects[i] != expected[i])
                    problem ??= $"client {stretch.Client}: effect {i} is {stretch.Effects[i]}, a replay " +
                        $"makes it {expected[i]}";
            }

            if (history.IsComplete && stretch.Effects.Count < expected.Count)
                problem ??= $"client {stretch.Client} let out {stretch.Effects.Count} effects, and its " +
                    $"{stretch.Items.Count} confirmed records make {expected.Count}";
        }

        return new CheckerReport("effects", facts, problem);
    }

    private static List<Effect> ExpectedEffects(ConfirmedStretch stretch)
    {
        var expected = new List<Effect>();
        var state = new ChainState();
        foreach (var item in stretch.Items)
        {
            var number = 0;
            state.Add(item, value => expected.Add(new(item.Position, number++, value)));
        }

        return expected;
    }

    /// <summary>A confirmed answer holds every record acknowledged before it was asked for.</summary>
    private static CheckerReport Reads(LogHistory history, SortedDictionary<Position, SeenRecord> truth)
    {
        var facts = 0L;
        string? problem = null;
        var acked = history.Acks.OrderBy(a => a.AckedMicros).ToList();
        foreach (var answer in history.Answers)
        {
            facts++;
            var shown = answer.Items.Select(i => i.Position).ToHashSet();
            foreach (var ack in acked)
            {
                if (ack.AckedMicros >= answer.InvokedMicros) break;
                if (answer.Key is { } key && key != ack.Key) continue;
                foreach (var position in ack.Positions)
                {
                    if (position < answer.From || position >= answer.To || shown.Contains(position)) continue;
                    if (!truth.ContainsKey(position) || history.Lost.ContainsKey(position)) continue;
                    problem ??= $"client {answer.Client} asked {answer.By} at {answer.InvokedMicros / 1000} ms for " +
                        $"{answer.Key ?? "all keys"} in [{answer.From}, {answer.To}) and was not shown {position}, " +
                        $"acknowledged at {ack.AckedMicros / 1000} ms";
                }
            }
        }

        return new CheckerReport("reads", facts, problem);
    }

    /// <summary>
    /// What was declared lost is shown to nobody who reads after it, and nobody passes it without being told.
    /// </summary>
    private static CheckerReport Lost(LogHistory history)
    {
        var facts = 0L;
        string? problem = null;
        var acked = history.Lost.Count == 0 ? [] : history.Acks.OrderBy(a => a.AckedMicros).ToList();
        var records = acked.SelectMany(a => a.Positions.Where(history.Lost.ContainsKey).Select(p => (a.Key, At: p)))
            .ToList();
        foreach (var stretch in history.Stretches)
        {
            var own = stretch.Items.Select(i => i.Position).ToHashSet();
            foreach (var (key, at) in records)
            {
                if (at < stretch.From || at >= stretch.To || (stretch.Key is { } only && only != key)) continue;
                facts++;
                if (!own.Contains(at) && !stretch.Told.Contains(at))
                    problem ??= $"client {stretch.Client} passed {at}, which is lost, and was not told";
            }
        }

        foreach (var answer in history.Answers)
        {
            var before = acked.Where(a => a.AckedMicros < answer.InvokedMicros).Select(a => a.Positions[^1])
                .DefaultIfEmpty(new(-1)).Max();
            foreach (var item in answer.Items)
                if (history.Lost.TryGetValue(item.Position, out var tail) && before > tail && facts++ >= 0)
                    problem ??= $"client {answer.Client} was shown {item.Position} by {answer.By}, declared lost at " +
                        $"{tail}, when {before} had been acknowledged";
            if (answer.Key is not null) continue;
            var shown = answer.Items.Select(i => i.Position).Concat(answer.Missed).ToHashSet();
            foreach (var (_, at) in records)
                if (at >= answer.From && at < answer.To && history.Lost[at] < before && facts++ >= 0
                    && !shown.Contains(at))
                    problem ??= $"client {answer.Client} asked {answer.By} for all of [{answer.From}, {answer.To}) and "
                        + $"was not told that {at} is lost";
        }

        return new CheckerReport("lost", facts, problem);
    }

    private static string Name(AckedBatch batch) => $"batch {batch.Client}/{batch.Operation} of {batch.Key}";

    private static int LowerBound(List<Position> sorted, Position position)
    {
        var index = sorted.BinarySearch(position);
        return index < 0 ? ~index : index;
    }
}
