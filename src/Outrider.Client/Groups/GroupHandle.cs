using Outrider.Client.Links;
using Outrider.Client.Wire;
using Outrider.Log;

namespace Outrider.Client.Groups;

/// <summary>An entry given to a consumer.</summary>
/// <param name="Record">The record.</param>
/// <param name="Generation">Of this delivery: an acknowledgement counts only while it is the newest.</param>
/// <param name="Deliveries">How often it has been delivered, this time included.</param>
public sealed record Delivery(LogRecord Record, long Generation, int Deliveries);

/// <summary>How a group begins, and what becomes of entries that nobody acknowledges.</summary>
/// <param name="From">Entries from here on; null: those that come after now.</param>
/// <param name="Lease">After so long an unacknowledged entry goes to whoever reads next; null: never by
/// itself.</param>
/// <param name="DeliveriesMax">After so many deliveries it is given up; 0: never.</param>
/// <param name="DeadLetterKey">Where entries that were given up are appended.</param>
public sealed record GroupSettings(
    Position? From = null, TimeSpan? Lease = null, int DeliveriesMax = 0, string? DeadLetterKey = null);

/// <summary>
/// A consumer group of one key: each confirmed entry goes to one of its consumers until somebody acknowledges it. The
/// group's state is in the log; it outlives every client and every node. One read that waits at a time.
/// </summary>
public sealed class GroupHandle : IAsyncDisposable
{
    private readonly OutriderClient _client;
    private Link? _waiting;

    internal GroupHandle(OutriderClient client, string key, string name) => (_client, Key, Name) = (client, key, name);

    public string Key { get; }
    public string Name { get; }

    /// <summary>False when it existed already; its settings then stay as they were.</summary>
    public async Task<Outcome<bool>> CreateAsync(
        GroupSettings? settings = null, CancellationToken cancellation = default)
    {
        var how = settings ?? new GroupSettings();
        var command = new CommandWriter().Word("XGROUP").Word("CREATE").Word(Key).Word(Name);
        // Position p stands after everything below it.
        if (how.From is not { } from) command.Word("$");
        else command.Word(from.Value <= 0 ? "0-0" : from.Value == 1 ? "0-1" : $"{from.Value - 1}-0");
        command.Word("MKSTREAM");
        if (how.Lease is { } lease) command.Word("LEASE").Number((long)lease.TotalMilliseconds);
        if (how.DeliveriesMax > 0) command.Word("MAXDELIVERIES").Number(how.DeliveriesMax);
        if (how.DeadLetterKey is { } dead) command.Word("DEADLETTER").Word(dead);
        var outcome = await _client.AskAsync(Key, command, isWrite: true, static _ => true, cancellation)
            .ConfigureAwait(false);
        return outcome is Outcome<bool>.Refused refused
            && refused.Reason.StartsWith("BUSYGROUP", StringComparison.Ordinal)
            ? new Outcome<bool>.Done(false) : outcome;
    }

    /// <summary>False when there was none.</summary>
    public Task<Outcome<bool>> DestroyAsync(CancellationToken cancellation = default) =>
        _client.AskAsync(Key, new CommandWriter().Word("XGROUP").Word("DESTROY").Word(Key).Word(Name), isWrite: true,
            static reply => reply.Integer > 0, cancellation);

    /// <summary>
    /// Entries for a consumer: those whose lease is over, then new ones. If the call itself is lost, what it was given
    /// stays pending and comes again when the lease is over.
    /// </summary>
    /// <param name="consumer">Its name; it need not exist before.</param>
    /// <param name="max">At most so many, up to 1,000.</param>
    /// <param name="wait">How long to wait for some.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<Outcome<IReadOnlyList<Delivery>>> ReadAsync(
        string consumer, int max = 100, TimeSpan? wait = null, CancellationToken cancellation = default)
    {
        var command = new CommandWriter().Word("LOG.GROUPREAD").Word(Key).Word(Name).Word(consumer)
            .Word("COUNT").Number(max);
        if (wait is not { } some) return _client.AskAsync(Key, command, isWrite: true, Deliveries, cancellation);
        command.Word("BLOCK").Number(Math.Max(1, (long)some.TotalMilliseconds));
        return WaitAsync(command.Finish(), some, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (_waiting is not null) await _waiting.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A command that waits holds up its connection: it has one of its own.</summary>
    private async Task<Outcome<IReadOnlyList<Delivery>>> WaitAsync(
        ReadOnlyMemory<byte> command, TimeSpan wait, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(wait + _client.Deadline);
        try
        {
            if (_waiting is not { IsLost: false })
            {
                await DisposeAsync().ConfigureAwait(false);
                _waiting = await _client.OpenLinkAsync(Key, limit.Token).ConfigureAwait(false);
            }

            var reply = await _waiting.SendAsync(command).WaitAsync(limit.Token).ConfigureAwait(false);
            return reply.IsError
                ? Links.Replies.Failure<IReadOnlyList<Delivery>>(reply.Text)
                : new Outcome<IReadOnlyList<Delivery>>.Done(Deliveries(reply));
        }
        catch (LinkLostException lost)
        {
            return new Outcome<IReadOnlyList<Delivery>>.Unknown(lost.Message);
        }
        catch (OperationCanceledException)
        {
            // Its answer would be taken for that of the next command.
            if (_waiting is { } link) await link.DisposeAsync().ConfigureAwait(false);
            _waiting = null;
            cancellation.ThrowIfCancellationRequested();
            return new Outcome<IReadOnlyList<Delivery>>.Unknown("no answer in time");
        }
    }

    /// <summary>These are done with; gives how many of them were still this delivery's.</summary>
    public Task<Outcome<long>> AcknowledgeAsync(
        IReadOnlyList<Delivery> deliveries, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(deliveries.Count);
        var command = new CommandWriter().Word("LOG.GROUPACK").Word(Key).Word(Name);
        foreach (var delivery in deliveries)
            command.Number(delivery.Record.Position.Value).Number(delivery.Generation);
        return _client.AskAsync(Key, command, isWrite: true, static reply => reply.Integer, cancellation);
    }

    /// <summary>How many entries are delivered and not acknowledged.</summary>
    public Task<Outcome<long>> PendingAsync(CancellationToken cancellation = default) =>
        _client.AskAsync(Key, new CommandWriter().Word("XPENDING").Word(Key).Word(Name), isWrite: false,
            static reply => reply.Items[0].Integer, cancellation);

    private static IReadOnlyList<Delivery> Deliveries(RespValue reply)
    {
        var deliveries = new List<Delivery>(reply.Items.Count);
        foreach (var item in reply.Items)
        {
            var record = Links.Replies.Record(item.Items[0]);
            deliveries.Add(new(record, item.Items[1].Integer, (int)item.Items[2].Integer));
        }

        return deliveries;
    }
}
