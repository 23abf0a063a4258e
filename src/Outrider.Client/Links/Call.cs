using Outrider.Client.Wire;
using Outrider.Log;

namespace Outrider.Client.Links;

/// <summary>
/// One call with its retries: another node when one is lost, a pause when the cluster is busy, until the deadline. A
/// write is sent again as it was, number and all; the log recognizes it.
/// </summary>
internal sealed class Call(LinkPool pool, ClientOptions options, TimeSpan deadline, CancellationToken cancellation)
{
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(1);

    public async Task<Outcome<T>> RunAsync<T>(
        string? key, ReadOnlyMemory<byte> command, bool isWrite, Func<RespValue, T> read)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(deadline);
        var maybe = false;
        Outcome<T> last = new Outcome<T>.Refused(LogRefusal.Unavailable, "no node answered in time");
        var pause = options.RetryPause;
        var avoid = default(Link);
        while (true)
        {
            try
            {
                var link = await pool.ForAsync(key, avoid, limit.Token).ConfigureAwait(false);
                var sent = false;
                try
                {
                    using var turn = await pool.TurnAsync(link, limit.Token).ConfigureAwait(false);
                    sent = true;
                    var reply = await link.SendAsync(command).WaitAsync(limit.Token).ConfigureAwait(false);
                    if (!reply.IsError) return new Outcome<T>.Done(read(reply));
                    last = Replies.Failure<T>(reply.Text);
                    maybe |= last is Outcome<T>.Unknown;
                    if (!Replies.IsWorthARetry(last)) return last;
                }
                catch (Exception failure) when (failure is LinkLostException or OperationCanceledException)
                {
                    maybe |= sent;
                    throw;
                }

                avoid = link;
            }
            catch (LinkLostException lost)
            {
                last = new Outcome<T>.Refused(LogRefusal.Unavailable, lost.Message);
            }
            catch (OperationCanceledException)
            {
                return End(last, isWrite && maybe);
            }

            try
            {
                await Task.Delay(pause, limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return End(last, isWrite && maybe);
            }

            pause = pause * 2 < PauseMax ? pause * 2 : PauseMax;
        }
    }

    private Outcome<T> End<T>(Outcome<T> last, bool maybe)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!maybe) return last;
        var reason = last switch
        {
            Outcome<T>.Refused refused => refused.Reason,
            Outcome<T>.Unknown unknown => unknown.Reason,
            _ => "",
        };
        return new Outcome<T>.Unknown($"no answer within {deadline.TotalSeconds:0.###} s; last: {reason}");
    }
}
