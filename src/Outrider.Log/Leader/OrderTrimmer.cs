using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Log;

/// <summary>
/// Asks replication to forget the ordering stream below a snapshot of its meaning. Who restarts or lags begins from the
/// snapshot, which travels in the base.
/// </summary>
internal sealed class OrderTrimmer(LogContext context, Group group)
{
    private const int SnapshotBytesMax = 1 << 20;
    private LogIndex _index;
    private byte[]? _state;
    private LogIndex _notBefore;

    public void Advance()
    {
        var every = context.Options.SnapshotEntries;
        if (_state is null)
        {
            var since = LogIndex.Max(group.Stream(LogContext.Stream).BaseIndex, _notBefore);
            if (context.Applied.Value - since.Value < every) return;
            (_index, _state) = (context.Applied, OrderingSnapshot.Encode(context.State));
            _notBefore = _index;
            // Windows above the trim are what makes it large: without trims of the log the stream stays whole.
            if (_state.Length > SnapshotBytesMax) _state = null;
            return;
        }

        // Whoever is a little behind gets entries, not all of the state again.
        if (context.Applied.Value - _index.Value < every / 2) return;
        var outcome = group.Trim(LogContext.Stream, _index, endSlot: 0, _state);
        context.Effects.Sometimes(outcome.Code == AppendCode.Appended, "log.order.trimmed");
        _state = null;
    }
}
