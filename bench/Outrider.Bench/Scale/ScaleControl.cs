using Outrider.Core;

namespace Outrider.Bench.Scale;

/// <summary>A control plane that always answers.</summary>
internal sealed class ScaleControl
{
    private readonly SortedDictionary<string, ControlValue> _values = new(StringComparer.Ordinal);
    private readonly List<(string Prefix, Action<ControlChange> Change)> _watches = [];
    private long _version;

    public ControlAnswer Execute(ControlCall call, Action<ControlChange> change)
    {
        switch (call)
        {
            case ControlCall.Read read:
                return new ControlAnswer.Values(call.Id, [Peek(read.Key)]);
            case ControlCall.List list:
                return new ControlAnswer.Values(call.Id, [.. _values.Values.Where(v =>
                    v.Key.StartsWith(list.Prefix, StringComparison.Ordinal))]);
            case ControlCall.CompareAndSet cas:
                return new ControlAnswer.Compared(call.Id, [.. cas.Writes.Select(CompareAndSet)]);
            case ControlCall.Watch watch:
                _watches.Add((watch.Prefix, change));
                return new ControlAnswer.Done(call.Id);
            default:
                return new ControlAnswer.Done(call.Id);
        }
    }

    private ControlValue Peek(string key) => _values.GetValueOrDefault(key) ?? new ControlValue(key, 0, default);

    private ControlOutcome CompareAndSet(ControlWrite write)
    {
        var current = Peek(write.Key);
        if (current.Version != write.ExpectedVersion) return new ControlOutcome(false, current);
        var value = new ControlValue(write.Key, ++_version, write.Value.ToArray());
        _values[write.Key] = value;
        foreach (var (prefix, change) in _watches)
            if (write.Key.StartsWith(prefix, StringComparison.Ordinal)) change(new ControlChange(value));
        return new ControlOutcome(true, value);
    }
}
