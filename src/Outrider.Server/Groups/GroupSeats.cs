using System.Collections.Concurrent;
using System.Security.Cryptography;
using Outrider.Core;
using Outrider.Log;
using Outrider.Server.Nodes;

namespace Outrider.Server.Groups;

/// <summary>
/// Consumer groups as this node serves them: a desk for each key in use. Nothing here has to survive: the log has it
/// all, and a desk that is dropped is made again from it.
/// </summary>
public sealed class GroupSeats(INodeDoor node, long requestTimeoutMs)
{
    private const int SeatsMax = 1_024;
    private readonly ConcurrentDictionary<string, Seat> _seats = new(StringComparer.Ordinal);

    /// <summary>Decides on the groups of a key; ends when it stands in the log.</summary>
    public Task<GroupEnd<T>> DecideAsync<T>(string key, Func<ConsumerGroups, GroupDecision<T>> decide)
    {
        var ended = Source<GroupEnd<T>>();
        Of(key).Run(desk => desk.Decide(decide, ended.SetResult));
        return ended.Task;
    }

    /// <summary>Reads for a consumer; null: no such group.</summary>
    public Task<GroupEnd<IReadOnlyList<GroupDelivery>?>> ReadAsync(string key, GroupRead read)
    {
        var ended = Source<GroupEnd<IReadOnlyList<GroupDelivery>?>>();
        Of(key).Run(desk => new GroupReading(desk, read, ended.SetResult).Run());
        return ended.Task;
    }

    /// <summary>Reads entries by their positions, ascending.</summary>
    public Task<(SortedDictionary<Position, LogRecord> Found, LogReply? Failure)> FetchAsync(
        string key, IReadOnlyList<Position> ids)
    {
        var ended = Source<(SortedDictionary<Position, LogRecord>, LogReply?)>();
        var seat = Of(key);
        seat.Run(_ => EntryFetch.Run(seat.Ask, key, ids, (found, failure) => ended.SetResult((found, failure))));
        return ended.Task;
    }

    /// <summary>The group as last seen from here.</summary>
    public ConsumerGroup? Known(string key, string group)
    {
        ConsumerGroup? known = null;
        Of(key).Run(desk => known = desk.Known?.Find(group));
        return known;
    }

    private Seat Of(string key)
    {
        if (_seats.Count >= SeatsMax)
        {
            foreach (var (other, seat) in _seats)
                if (seat.IsIdle) _seats.TryRemove(other, out _);
        }

        return _seats.GetOrAdd(key, static (name, self) => new Seat(name, self.Item1, self.requestTimeoutMs),
            (node, requestTimeoutMs));
    }

    private static TaskCompletionSource<T> Source<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>One desk and the lock that makes it single-threaded.</summary>
    private sealed class Seat
    {
        private readonly Lock _turn = new();
        private readonly GroupDesk _desk;
        private readonly INodeDoor _node;
        private readonly long _timeoutMs;

        public Seat(string key, INodeDoor node, long timeoutMs)
        {
            (_node, _timeoutMs) = (node, timeoutMs);
            _desk = new(key, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)), Ask);
        }

        public bool IsIdle
        {
            get { lock (_turn) return _desk.IsIdle; }
        }

        public void Run(Action<GroupDesk> act)
        {
            lock (_turn) act(_desk);
        }

        public void Ask(Request ask, Action<Reply> then) => _ = AnswerAsync(ask, then);

        private async Task AnswerAsync(Request ask, Action<Reply> then)
        {
            // Never within the desk's own step.
            await Task.Yield();
            Reply reply;
            try
            {
                using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(_timeoutMs));
                reply = await _node.AskAsync(ask, limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                reply = ask is LogAppend
                    ? new LogReply.Unknown("no confirmation in time")
                    : new LogReply.Refused(LogRefusal.Unavailable, "no answer in time");
            }

            lock (_turn) then(reply);
        }
    }
}
