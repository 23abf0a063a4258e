using Outrider.Core;

namespace Outrider.Tests.Unit.Replication;

/// <summary>A linearizable store; while down it answers Unknown and, if told so, carries writes out all the same.
/// </summary>
internal sealed class MemoryControlPlane
{
    private readonly SortedDictionary<string, ControlValue> _values = new(StringComparer.Ordinal);
    private long _version;

    public bool IsDown { get; set; }

    /// <summary>A write whose answer is lost was carried out.</summary>
    public bool CarriesOutUnknown { get; set; }

    public ControlAnswer Call(ControlCall call)
    {
        switch (call)
        {
            case ControlCall.Read when IsDown: return new ControlAnswer.Unknown(call.Id, "down");
            case ControlCall.List when IsDown: return new ControlAnswer.Unknown(call.Id, "down");
            case ControlCall.Read read: return new ControlAnswer.Values(call.Id, [Get(read.Key)]);
            case ControlCall.List list:
                var found = _values.Values.Where(value => value.Key.StartsWith(list.Prefix, StringComparison.Ordinal));
                return new ControlAnswer.Values(call.Id, found.ToArray());
            case ControlCall.CompareAndSet write:
                if (IsDown && !CarriesOutUnknown) return new ControlAnswer.Unknown(call.Id, "down");
                var outcomes = write.Writes.Select(Set).ToArray();
                return IsDown
                    ? new ControlAnswer.Unknown(call.Id, "down")
                    : new ControlAnswer.Compared(call.Id, outcomes);
            default: return new ControlAnswer.Done(call.Id);
        }
    }

    public ControlValue Get(string key) => _values.TryGetValue(key, out var value) ? value : new(key, 0, default);

    public ControlOutcome Set(ControlWrite write)
    {
        var present = Get(write.Key);
        if (present.Version != write.ExpectedVersion) return new ControlOutcome(false, present);
        return new ControlOutcome(true, _values[write.Key] = new ControlValue(write.Key, ++_version, write.Value));
    }
}
