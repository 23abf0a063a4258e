using Outrider.Log;
using Outrider.Server.Commands;
using Outrider.Server.Nodes;

namespace Outrider.Server.Resp;

/// <summary>
/// Carries one subscription to its client. Credits go back to the node only as the client takes what it was sent, so a
/// slow reader slows its own subscription and holds a bounded amount here; watermarks that it is too slow for are
/// merged, for a later one says all that an earlier one said.
/// </summary>
public sealed class LogPusher(long id, ReplyQueue replies, Action<long> ended) : IDisposable
{
    private readonly Lock _lock = new();
    private IFollowing? _following;
    private LogReply.Confirmed? _held;
    private int _owed;
    private bool _waiting;
    private bool _disposed;

    public long Id => id;

    public void Start(INodeDoor node, LogSubscribe ask)
    {
        var following = node.Follow(ask, OnPush);
        lock (_lock) _following = following;
        if (_disposed) following.Dispose();
        else Credit();
    }

    public void Dispose()
    {
        IFollowing? following;
        lock (_lock)
        {
            _disposed = true;
            following = _following;
        }

        following?.Dispose();
    }

    private void OnPush(LogReply push)
    {
        if (_disposed) return;
        switch (push)
        {
            case LogReply.Records records:
                WriteHeld();
                replies.Push(reply => WriteRecords(reply, records));
                Owe(records.Items.Count);
                break;
            case LogReply.Confirmed confirmed:
                OnConfirmed(confirmed);
                break;
            case LogReply.Revoked revoked:
                WriteHeld();
                replies.Push(reply => WriteRevoked(reply, revoked));
                break;
            case LogReply.Ended end:
                End(end.From, end.Reason);
                break;
            case LogReply.Refused refused:
                End(new(-1), refused.Reason);
                break;
            default:
                End(new(-1), $"unexpected {push.GetType().Name}");
                break;
        }
    }

    private void OnConfirmed(LogReply.Confirmed confirmed)
    {
        lock (_lock)
        {
            if (replies.BacklogBytes > RespLimits.OutputPauseBytes)
            {
                _held = confirmed;
                CreditLater();
                return;
            }
        }

        WriteHeld();
        replies.Push(reply => WriteConfirmed(reply, confirmed));
    }

    /// <summary>A watermark held back must come before whatever follows it.</summary>
    private void WriteHeld()
    {
        LogReply.Confirmed? held;
        lock (_lock)
        {
            held = _held;
            _held = null;
        }

        if (held is not null) replies.Push(reply => WriteConfirmed(reply, held));
    }

    private void End(Position from, string reason)
    {
        WriteHeld();
        _disposed = true;
        ended(id);
        replies.Push(reply =>
        {
            reply.Push(4);
            reply.Bulk("log.ended"u8);
            reply.Integer(id);
            if (from.Value < 0) reply.Null();
            else reply.Integer(from.Value);
            reply.Bulk(reason);
        });
    }

    private void Owe(int records)
    {
        lock (_lock)
        {
            _owed += records;
            if (replies.BacklogBytes > RespLimits.OutputPauseBytes)
            {
                CreditLater();
                return;
            }
        }

        Credit();
    }

    private void Credit()
    {
        IFollowing? following;
        int owed;
        lock (_lock)
        {
            // Before the subscription is known here, what is owed waits for Start.
            if (_following is null || _disposed || replies.IsClosed) return;
            following = _following;
            owed = _owed;
            _owed = 0;
        }

        if (owed > 0) following.Credit(owed);
    }

    private void CreditLater()
    {
        if (_waiting) return;
        _waiting = true;
        _ = CreditWhenSentAsync();
    }

    private async Task CreditWhenSentAsync()
    {
        await replies.SentAsync().ConfigureAwait(false);
        lock (_lock) _waiting = false;
        WriteHeld();
        Credit();
    }

    private void WriteRecords(RespWriter reply, LogReply.Records records)
    {
        reply.Push(6);
        reply.Bulk("log.records"u8);
        reply.Integer(id);
        reply.Bulk(LogRecords.Word(records.Certainty));
        reply.Integer(records.View.Value);
        reply.Integer(records.Next.Value);
        LogRecords.Write(reply, records.Items);
    }

    private void WriteConfirmed(RespWriter reply, LogReply.Confirmed confirmed)
    {
        reply.Push(4);
        reply.Bulk("log.confirmed"u8);
        reply.Integer(id);
        reply.Integer(confirmed.View.Value);
        reply.Integer(confirmed.UpTo.Value);
    }

    private void WriteRevoked(RespWriter reply, LogReply.Revoked revoked)
    {
        reply.Push(5);
        reply.Bulk("log.revoked"u8);
        reply.Integer(id);
        reply.Integer(revoked.View.Value);
        reply.Integer(revoked.From.Value);
        reply.Array(revoked.Positions.Count);
        for (var i = 0; i < revoked.Positions.Count; i++) reply.Integer(revoked.Positions[i].Value);
    }
}
