using Outrider.Core;

namespace Outrider.Log;

/// <summary>
/// A trim of the whole log: asks how far the consumer groups let it go, has their own state written again above it,
/// and only then tells the ordering leader.
/// </summary>
internal sealed class TrimJob(LogContext context, Gateway gateway, LogTrim trim, Action<LogReply> done)
{
    private Position _below;
    private string? _heldBy;
    private int _open;
    private LogReply? _failure;

    public void Run()
    {
        _below = trim.Below < context.State.TailPosition ? trim.Below : context.State.TailPosition;
        if (_below <= context.State.Trimmed) done(new LogReply.Trimmed(context.State.Trimmed, 0));
        else if (trim.Force) AskOwners(keep: true, Send);
        else AskOwners(keep: false, () => AskOwners(keep: true, Send));
    }

    private void AskOwners(bool keep, Action then)
    {
        Check.That(_open == 0 && _failure is null);
        var (shards, seats) = (context.Options.Shards, context.Topology.SeatsPerShard);
        var below = _below;
        _open = shards * seats;
        for (var shard = 0; shard < shards; shard++)
            for (var seat = 0; seat < seats; seat++)
                gateway.Ask(new GroupsBelow(new(shard), seat, below, keep), reply => Take(reply, then));
    }

    private void Take(LogReply reply, Action then)
    {
        Check.That(_open > 0);
        if (reply is not LogReply.Trimmed answer) _failure = reply;
        else if (answer.HeldBy is { } holder && answer.Below < _below) (_below, _heldBy) = (answer.Below, holder);
        if (--_open > 0) return;
        if (_failure is { } failure) done(failure);
        // Held where it begins already.
        else if (_below <= context.State.Trimmed) done(new LogReply.Trimmed(context.State.Trimmed, 0, _heldBy));
        else then();
    }

    private void Send() => gateway.Ask(new LogTrim(_below, trim.Force), reply =>
        done(reply is LogReply.Trimmed trimmed ? trimmed with { HeldBy = _heldBy } : reply));
}
