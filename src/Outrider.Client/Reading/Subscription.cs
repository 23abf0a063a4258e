using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Outrider.Client.Links;
using Outrider.Client.Wire;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Client.Reading;

/// <summary>
/// One subscription with its reconnects. It has a connection of its own: what its reader has not taken fills a small
/// buffer, then the connection, and then holds back the server's credit, without getting in the way of other calls.
/// </summary>
internal sealed class Subscription(
    OutriderClient client, LinkPool pool, ClientOptions options, SubscribeOptions wanted)
{
    private const int EventsBuffered = 64;
    private Position _confirmed;

    public async IAsyncEnumerable<LogReply> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var start = wanted.From ?? await ConfirmedEndAsync(cancellation).ConfigureAwait(false);
        _confirmed = start;
        var pause = options.RetryPause;
        while (true)
        {
            var events = Channel.CreateBounded<LogReply>(EventsBuffered);
            var reason = "";
            var any = false;
            await using (var feed = await OpenAsync(events.Writer, cancellation).ConfigureAwait(false))
            {
                await foreach (var next in events.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
                {
                    if (Advance(next) is not { } told) continue;
                    any = true;
                    yield return told;
                }

                reason = feed.EndReason;
            }

            // Nothing but the confirmed prefix is certain to be the same on another connection.
            yield return new LogReply.Ended(_confirmed, reason);
            pause = any ? options.RetryPause : TimeSpan.FromMilliseconds(Math.Min(1000, pause.TotalMilliseconds * 2));
            await Task.Delay(pause, cancellation).ConfigureAwait(false);
        }
    }

    private LogReply? Advance(LogReply next)
    {
        switch (next)
        {
            case LogReply.Confirmed confirmed when confirmed.UpTo <= _confirmed:
                return null;
            case LogReply.Confirmed confirmed:
                _confirmed = confirmed.UpTo;
                return confirmed;
            case LogReply.Records { Certainty: Certainty.Confirmed, Items: { Count: > 0 } items }:
                // Delivered as final, they are their own watermark.
                _confirmed = items[^1].Position.Next();
                return next;
            case LogReply.Lost lost when !wanted.Speculative:
                _confirmed = lost.Next;
                return next;
            default:
                return next;
        }
    }

    private async Task<Position> ConfirmedEndAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (await client.TailAsync(cancellation).ConfigureAwait(false) is Outcome<Tails>.Done tails)
                return tails.Value.Confirmed;
            await Task.Delay(options.RetryPause, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Opens the connection and subscribes; the events' end says that it is over.</summary>
    private async Task<Feed> OpenAsync(ChannelWriter<LogReply> events, CancellationToken cancellation)
    {
        var feed = new Feed(events);
        try
        {
            feed.Link = await pool.OpenOwnAsync(wanted.Key, feed.OnPushAsync, cancellation).ConfigureAwait(false);
            var reply = await feed.Link.SendAsync(SubscribeCommand().Finish()).WaitAsync(cancellation)
                .ConfigureAwait(false);
            if (reply.IsError) feed.End(reply.Text);
            else _ = feed.EndWithLinkAsync();
        }
        catch (LinkLostException lost)
        {
            feed.End(lost.Message);
        }

        return feed;
    }

    private CommandWriter SubscribeCommand()
    {
        var command = new CommandWriter().Word("LOG.SUBSCRIBE").Word("FROM").Number(_confirmed.Value)
            .Word(wanted.Speculative ? "SPECULATIVE" : "CONFIRMED");
        if (wanted.Key is not null) command.Word("KEY").Word(wanted.Key);
        if (wanted.Alone) command.Word("ALONE");
        if (wanted.Filter?.Prefix is { } prefix) command.Word("PREFIX").Word(prefix);
        if (wanted.Filter?.Header is { } header)
            command.Word("HEADER").Bytes(header.Name.Span).Bytes(header.Value.Span);
        if (wanted.Filter?.Keys is { } keys)
        {
            command.Word("KEYS").Number(keys.Count);
            foreach (var one in keys) command.Word(one);
        }

        if (wanted.MaxSpeculativeRecords > 0) command.Word("MAXSPECULATIVE").Number(wanted.MaxSpeculativeRecords);
        if (wanted.MaxSpeculativeMs > 0) command.Word("MAXSPECULATIVEMS").Number(wanted.MaxSpeculativeMs);
        return command;
    }

    /// <summary>Turns the pushes of one connection into events.</summary>
    private sealed class Feed(ChannelWriter<LogReply> events) : IAsyncDisposable
    {
        public Link? Link { get; set; }
        public string EndReason { get; private set; } = "";

        public async ValueTask OnPushAsync(RespValue push)
        {
            var parts = push.Items;
            switch (parts.Count > 0 ? parts[0].Text : "")
            {
                case "log.records":
                    var certainty = parts[2].Text == "speculative" ? Certainty.Speculative : Certainty.Confirmed;
                    await TellAsync(new LogReply.Records(Replies.Records(parts[5]), certainty, new(parts[4].Integer),
                        new(parts[3].Integer))).ConfigureAwait(false);
                    break;
                case "log.confirmed":
                    await TellAsync(new LogReply.Confirmed(new(parts[3].Integer),
                        new(parts[2].Integer))).ConfigureAwait(false);
                    break;
                case "log.revoked":
                    await TellAsync(new LogReply.Revoked(new(parts[3].Integer),
                        [.. parts[4].Items.Select(item => new Position(item.Integer))],
                            new(parts[2].Integer))).ConfigureAwait(false);
                    break;
                case "log.lost":
                    await TellAsync(new LogReply.Lost([.. parts[4].Items.Select(item => new Position(item.Integer))],
                        new(parts[3].Integer), new(parts[2].Integer))).ConfigureAwait(false);
                    break;
                case "log.ended":
                    End(parts[3].Text);
                    break;
                default:
                    // Pushes of other kinds are not this client's business.
                    break;
            }
        }

        public void End(string reason)
        {
            if (EndReason.Length == 0) EndReason = reason;
            events.TryComplete();
        }

        public async Task EndWithLinkAsync()
        {
            await Link!.Ended.ConfigureAwait(false);
            End($"the connection to {Link.Endpoint.Host}:{Link.Endpoint.Port} was lost");
        }

        public async ValueTask DisposeAsync()
        {
            events.TryComplete();
            if (Link is not null) await Link.DisposeAsync().ConfigureAwait(false);
        }

        private async ValueTask TellAsync(LogReply next)
        {
            // False: the reader has left, or the subscription has ended; the rest of the stream is nobody's.
            while (await events.WaitToWriteAsync().ConfigureAwait(false))
                if (events.TryWrite(next)) return;
        }
    }
}
