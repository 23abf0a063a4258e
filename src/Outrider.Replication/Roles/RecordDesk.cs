using Outrider.Core;

namespace Outrider.Replication;

internal enum DeskOutcome : byte
{
    /// <summary>Not an answer to this group's call.</summary>
    None,
    /// <summary>A read succeeded; the record may be absent.</summary>
    Seen,
    Won,
    Lost,
    /// <summary>A write may or may not have happened; or a read failed.</summary>
    Unknown,
}

/// <param name="Record">The record after it; null if absent or not known.</param>
/// <param name="Sent">What a write wanted; null for a read.</param>
internal readonly record struct DeskResult(DeskOutcome Outcome, GroupRecord? Record, long Version, GroupRecord? Sent);

/// <summary>
/// The group's calls to the control plane, one at a time: with two writes in flight an answer could not be acted on.
/// </summary>
internal sealed class RecordDesk(GroupContext context)
{
    private long _call;
    private long _sinceMicros;
    private GroupRecord? _sent;

    public bool IsBusy => _call != 0;

    public void Read(Effects effects)
    {
        Begin(null);
        effects.Control(new ControlCall.Read(_call, GroupRecord.Key(context.Id)));
    }

    public void Write(GroupRecord next, long expectedVersion, Effects effects)
    {
        Begin(next);
        var write = new ControlWrite(GroupRecord.Key(context.Id), expectedVersion, next.Encode());
        effects.Control(new ControlCall.CompareAndSet(_call, [write]));
    }

    public DeskResult On(ControlAnswer answer)
    {
        if (answer.Id != _call || _call == 0) return default;
        var sent = _sent;
        _call = 0;
        _sent = null;
        switch (answer)
        {
            case ControlAnswer.Values { Items.Count: > 0 } values:
                return new DeskResult(DeskOutcome.Seen, Decode(values.Items[0]), values.Items[0].Version, null);
            case ControlAnswer.Compared { Outcomes.Count: > 0 } compared:
                var outcome = compared.Outcomes[0];
                var kind = outcome.Won ? DeskOutcome.Won : DeskOutcome.Lost;
                return new DeskResult(kind, Decode(outcome.Current), outcome.Current.Version, sent);
            default:
                return new DeskResult(DeskOutcome.Unknown, null, 0, sent);
        }
    }

    /// <summary>Gives up a call that was never answered; its outcome is unknown.</summary>
    public DeskResult Expire()
    {
        if (_call == 0 || context.NowMicros - _sinceMicros < context.Options.ControlTimeoutMicros) return default;
        var sent = _sent;
        _call = 0;
        _sent = null;
        return new DeskResult(DeskOutcome.Unknown, null, 0, sent);
    }

    private static GroupRecord? Decode(ControlValue value) =>
        value.Exists ? GroupRecord.Decode(value.Value) : null;

    private void Begin(GroupRecord? sent)
    {
        Check.That(_call == 0);
        _call = context.Calls.Next();
        _sinceMicros = context.NowMicros;
        _sent = sent;
    }
}
