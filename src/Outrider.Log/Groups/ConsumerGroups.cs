using System.Collections.Immutable;
using Outrider.Core;

namespace Outrider.Log;

/// <summary>How a group treats what its consumers do not acknowledge.</summary>
/// <param name="LeaseMs">After so long a claim may go to whoever reads next; 0: never by itself.</param>
/// <param name="DeliveriesMax">After so many deliveries an entry is given up; 0: never.</param>
/// <param name="DeadLetterKey">Where entries given up are appended; null: they are only dropped.</param>
public sealed record GroupPolicy(long LeaseMs, int DeliveriesMax, string? DeadLetterKey)
{
    public static readonly GroupPolicy None = new(0, 0, null);
}

/// <param name="SeenMs">When it last did something that the log records.</param>
/// <param name="ActiveMs">When it was last given an entry; -1: never.</param>
public readonly record struct GroupConsumer(long SeenMs, long ActiveMs);

/// <summary>An entry that was delivered and is not acknowledged.</summary>
/// <param name="Generation">Grows with every delivery of the entry; an acknowledgement may be made conditional on
/// it.</param>
public sealed record Claim(string Consumer, long DeliveredMs, int Deliveries, long Generation);

/// <summary>An entry given up, until it stands in the dead-letter stream.</summary>
/// <param name="First">The number of the first of those that are sent in one batch with it.</param>
public sealed record DeadLetter(Position Position, string Consumer, int Deliveries, long First);

/// <summary>One group of a key.</summary>
/// <param name="Born">The ordinal that created it: it tells two lives of one name apart.</param>
/// <param name="Next">Entries from here on have not been delivered.</param>
/// <param name="Read">Entries delivered since the stream began; null: not known.</param>
/// <param name="Dead">By a number that grows with each letter of the group.</param>
public sealed record ConsumerGroup(
    long Born,
    Position Next,
    long? Read,
    GroupPolicy Policy,
    ImmutableSortedDictionary<string, GroupConsumer> Consumers,
    ImmutableSortedDictionary<Position, Claim> Pending,
    ImmutableSortedDictionary<long, DeadLetter> Dead,
    long LastLetter)
{
    public static ConsumerGroup Of(long born, Position next, long? read, GroupPolicy policy) => new(
        born, next, read, policy, ImmutableSortedDictionary.Create<string, GroupConsumer>(StringComparer.Ordinal),
        ImmutableSortedDictionary<Position, Claim>.Empty, ImmutableSortedDictionary<long, DeadLetter>.Empty, 0);
}

/// <summary>
/// All groups of one key: a value, the fold of the operations in the key's group stream. Every node that folds the
/// same prefix holds the same.
/// </summary>
/// <param name="Ordinal">The last operation folded in; the next one is one more.</param>
public sealed record ConsumerGroups(long Ordinal, ImmutableSortedDictionary<string, ConsumerGroup> Groups)
{
    /// <summary>Claims of a key: bounds a snapshot to one batch of the log.</summary>
    public const int PendingMax = 100_000;

    public const int GroupsMax = 1_000;
    public const int ConsumersMax = 10_000;
    public const int NameBytesMax = 256;

    public static readonly ConsumerGroups Empty =
        new(0, ImmutableSortedDictionary.Create<string, ConsumerGroup>(StringComparer.Ordinal));

    public ConsumerGroup? Find(string group) => Groups.GetValueOrDefault(group);

    public int Pending
    {
        get
        {
            var sum = 0;
            foreach (var (_, group) in Groups) sum += group.Pending.Count + group.Dead.Count;
            return sum;
        }
    }

    public int Consumers
    {
        get
        {
            var sum = 0;
            foreach (var (_, group) in Groups) sum += group.Consumers.Count;
            return sum;
        }
    }

    internal ConsumerGroups With(string name, ConsumerGroup group) =>
        this with { Groups = Groups.SetItem(name, group) };

    public void CheckInvariants()
    {
        foreach (var (_, group) in Groups)
        {
            foreach (var (_, claim) in group.Pending)
            {
                Check.That(claim.Generation <= Ordinal);
                Check.That(group.Consumers.ContainsKey(claim.Consumer));
            }

            foreach (var (number, letter) in group.Dead)
            {
                Check.That(number <= group.LastLetter && letter.First <= number);
                Check.That(!group.Pending.ContainsKey(letter.Position));
            }
        }
    }
}
