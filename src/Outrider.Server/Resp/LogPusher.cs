using Outrider.Log;
using Outrider.Server.Commands;
using Outrider.Server.Nodes;

namespace Outrider.Server.Resp;

/// <summary>
/// Carries one subscription to its client. The node is given credit for about a mebibyte of records of the size seen,
/// and more only as the client takes what it was sent: a slow reader slows its own subscription and holds a bounded
/// amount here. Watermarks that it is too slow for are merged, for a later one says all that an earlier one said.
/// </summary>
public sealed class LogPusher(long id, ReplyQueue replies, Action<long> ended) : IDisposable
{
    private const int WindowBytes = 1 << 20;
    private const int WindowRecordsMin = 4;
    private const int WindowRecordsFirst = 32;
    private readonly Lock _lock = new();
    private IFollowing? _following;
    private LogReply.Confirmed? _held;
    private int _windowMax;
    private int _outstanding;
    private long _recordBytes = WindowBytes / WindowRecordsFirst;
    private bool _waiting;
    private bool _disposed;

    public long Id => id;

    public void Start(INodeDoor node, LogSubscribe ask)
    {
        var first = Math.Min(ask.Credits, WindowRecordsFirst);
        lock (_lock)
        {
            _windowMax = ask.Credits;
            _outstanding = first;
        }

        var following = node.Follow(ask with { Credits = first }, OnPush);
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
                Taken(records.Items);
                break;
            case LogReply.Confirmed confirmed:
                OnConfirmed(confirmed);
                break;
            case LogReply.Revoked revoked:
                WriteHeld();
                replies.Push(reply => WriteRevoked(reply, revoked));
                break;
            case LogReply.Lost lost:
                WriteHeld();
                replies.Push(reply => WriteLost(reply, lost));
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

    private void Taken(IReadOnlyList<LogRecord> records)
    {
        lock (_lock)
        {
            _outstanding -= records.Count;
            foreach (var record in records)
            {
                var bytes = record.Payload.Length + record.Headers.Length + record.Key.Length + 64L;
                // Large ones count at once, small ones bit by bit: one wrong guess must not cost the memory.
                _recordBytes = Math.Max(bytes, ((_recordBytes * 15) + bytes) / 16);
            }

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
        int more;
        lock (_lock)
        {
            // Before the subscription is known here, what it may have more waits for Start.
            if (_following is null || _disposed || replies.IsClosed) return;
            following = _following;
            var window = Math.Clamp(WindowBytes / _recordBytes, Math.Min(WindowRecordsMin, _windowMax), _windowMax);
            more = (int)window - _outstanding;
            // Not for every record: half a window at a time keeps the node busy and the talk short.
            if (more <= 0 || (more < window / 2 && _outstanding > 0)) return;
            _outstanding += more;
        }

        following.Credit(more);
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

    private void WriteLost(RespWriter reply, LogReply.Lost lost)
    {
        reply.Push(5);
        reply.Bulk("log.lost"u8);
        reply.Integer(id);
        reply.Integer(lost.View.Value);
        reply.Integer(lost.Next.Value);
        reply.Array(lost.Positions.Count);
        for (var i = 0; i < lost.Positions.Count; i++) reply.Integer(lost.Positions[i].Value);
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
