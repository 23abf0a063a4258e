using Outrider.Core;
using Outrider.Log;

namespace Outrider.Tests.Unit.Log.Groups;

/// <summary>
/// A log in memory as several nodes see it: answers come late and in any order, some are lost after or before the
/// append has been placed, conditional appends are judged where they are placed.
/// </summary>
/// <param name="rng">Decides what happens when.</param>
/// <param name="faults">Share of appends that go wrong.</param>
/// <param name="unknowns">Some are never heard of again.</param>
internal sealed class FaultyLog(Rng rng, double faults, bool unknowns)
{
    private readonly SortedDictionary<string, List<LogRecord>> _keys = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _floors = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(ulong, long), LogReply.Appended> _known = [];
    private readonly List<Action> _pending = [];
    private long _next;

    public int Pending => _pending.Count;

    public double Faults { get; set; } = faults;

    /// <summary>Records of a key that are still there.</summary>
    public IReadOnlyList<LogRecord> Of(string key)
    {
        var all = EverOf(key);
        if (!_floors.TryGetValue(key, out var floor)) return all;
        var at = all.FindIndex(r => r.Position.Value >= floor);
        return at < 0 ? [] : all.GetRange(at, all.Count - at);
    }

    /// <summary>Every record of a key that was ever placed.</summary>
    public List<LogRecord> EverOf(string key)
    {
        if (!_keys.TryGetValue(key, out var all)) _keys[key] = all = [];
        return all;
    }

    /// <summary>An operator gives up the newest records of a key.</summary>
    public void Lose(string key, int records) => EverOf(key).RemoveRange(EverOf(key).Count - records, records);

    public void Trim(string key, Position below) =>
        _floors[key] = Math.Max(below.Value, _floors.GetValueOrDefault(key));

    /// <summary>A node's door: <paramref name="alive"/> false means nobody hears the answer.</summary>
    public void Ask(Request ask, Action<Reply> then, Func<bool> alive) => _pending.Add(() =>
    {
        var lost = ask is LogAppend && rng.Chance(Faults);
        if (lost && unknowns && rng.Chance(0.5))
        {
            // Carried out later or never, after the asker was told that nobody knows.
            if (rng.Chance(0.5)) _pending.Add(() => Answer(ask));
            Tell(new LogReply.Unknown("lost"));
            return;
        }

        var reply = Answer(ask);
        // The front door repeats what has no producer under one of its own, so a lost answer comes the second time.
        if (lost && ask is LogAppend { Producer.IsNone: false }) reply = new LogReply.Unknown("lost");
        if (rng.Chance(0.5)) _pending.Add(() => Tell(reply));
        else Tell(reply);

        void Tell(Reply told)
        {
            if (alive()) then(told);
        }
    });

    /// <summary>Lets one thing happen.</summary>
    public void Step()
    {
        if (_pending.Count == 0) return;
        var at = (int)rng.Below(_pending.Count);
        var action = _pending[at];
        _pending.RemoveAt(at);
        action();
    }

    public LogReply Answer(Request ask)
    {
        switch (ask)
        {
            case LogAppend append:
                return Append(append);
            case KeyRead read:
                return Read(read);
            case KeyTrim trim:
                Trim(trim.Key, trim.Below!.Value);
                return new LogReply.Trimmed(default, 0);
            case GroupYield:
                return new LogReply.Done();
            default:
                throw Check.Unreachable(ask);
        }
    }

    private LogReply.Records Read(KeyRead read)
    {
        var all = Of(read.Key);
        var (low, high) = (0, all.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (all[middle].Position < read.From) low = middle + 1;
            else high = middle;
        }

        var items = all.Skip(low).TakeWhile(r => r.Position <= read.To).Take(read.MaxRecords).ToList();
        return new(items, Certainty.Confirmed, default, default);
    }

    private LogReply Append(LogAppend append)
    {
        var name = (append.Producer.Value, append.Sequence);
        if (!append.Producer.IsNone && _known.TryGetValue(name, out var known)) return known with { Duplicate = true };
        var key = append.Records[0].Key;
        if (append.ExpectedTail is { } expected && (EverOf(key).LastOrDefault()?.Position.Value ?? -1) != expected)
            return new LogReply.Refused(LogRefusal.WrongTail, "another");
        var positions = new List<Position>();
        foreach (var draft in append.Records)
        {
            positions.Add(new(_next));
            EverOf(key).Add(new(new(_next), default, default, key, draft.Payload, draft.Headers, draft.TimestampMs));
            _next += 1 + rng.Below(2);
        }

        var reply = new LogReply.Appended(positions, append.Durability, Duplicate: false);
        if (!append.Producer.IsNone) _known[name] = reply;
        return reply;
    }
}
