using Outrider.Core;

namespace Outrider.Log;

/// <summary>A record as a producer hands it over.</summary>
/// <param name="Key">Names the stream the record belongs to and decides its shard; at most 4 KiB of UTF-8.</param>
/// <param name="Payload">The value; at most 1 MiB.</param>
/// <param name="Headers">Opaque bytes beside the value (the client encodes name/value pairs); may be empty.</param>
/// <param name="TimestampMs">The producer's own time, in Unix milliseconds.</param>
public sealed record RecordDraft(
    string Key, ReadOnlyMemory<byte> Payload, ReadOnlyMemory<byte> Headers, long TimestampMs);

/// <summary>A record in the log.</summary>
public sealed record LogRecord(
    Position Position,
    Rid Rid,
    Lsn Lsn,
    string Key,
    ReadOnlyMemory<byte> Payload,
    ReadOnlyMemory<byte> Headers,
    long TimestampMs);

/// <summary>
/// Appends records of one key as one atomic batch: consecutive in their sub-log. Answered once, by
/// <see cref="LogReply.Appended"/> when confirmed with the asked durability, or by a refusal.
/// </summary>
/// <param name="Records">1 to 1,024 records, all of one key.</param>
/// <param name="Producer">For duplicate detection; none switches it off.</param>
/// <param name="Sequence">The producer's own number of this batch, ascending; a retry uses the same one.</param>
/// <param name="Durability">When it may be acknowledged.</param>
/// <param name="ExpectedTail">If set: refuse unless the key's last record has this position (-1: no record).</param>
/// <param name="WaitsForRoom">Tried again for as long as it would be refused as overloaded, until it is too late for an
/// answer.</param>
public sealed record LogAppend(
    IReadOnlyList<RecordDraft> Records,
    ProducerId Producer,
    long Sequence,
    Durability Durability,
    long? ExpectedTail = null,
    bool WaitsForRoom = false) : Request;

/// <summary>Reads confirmed records of all keys in order, from a position on.</summary>
public sealed record LogRead(Position From, int MaxRecords, int MaxBytes) : Request;

/// <summary>Reads confirmed records of one key within [From, To], ascending or descending.</summary>
public sealed record KeyRead(string Key, Position From, Position To, int MaxRecords, bool Descending) : Request;

/// <summary>Asks how many confirmed records a key has, and its first and last position.</summary>
public sealed record KeyInfo(string Key) : Request;

/// <summary>Forgets records of one key below a position, or all but the newest <paramref name="KeepLast"/>.</summary>
/// <param name="Force">Also what a consumer group of the key has not read or not acknowledged.</param>
public sealed record KeyTrim(string Key, Position? Below, long? KeepLast, bool Force = false) : Request;

/// <summary>
/// A node that has come too late with a decision on groups has nothing to append any more. Answered when all that is
/// under way in their stream is confirmed.
/// </summary>
public sealed record GroupYield(string Key) : Request;

/// <summary>Asks for both tails.</summary>
public sealed record LogTail : Request;

/// <summary>Forgets everything below a position.</summary>
/// <param name="Force">Also what a consumer group has not read or not acknowledged.</param>
public sealed record LogTrim(Position Below, bool Force = false) : Request;

/// <summary>Asks which slots of ended sub-logs no copy answers for.</summary>
public sealed record LogMissing : Request;

/// <summary>
/// Declares lost what no copy of an ended sub-log answers for: its positions stay, readers are told, and its shard
/// opens again. A copy that returns later changes nothing.
/// </summary>
/// <param name="Force">Also while nodes that may hold a copy do not answer.</param>
public sealed record LogGiveUp(Rid Rid, bool Force = false) : Request;

/// <summary>Asks a node what it holds of sub-logs that have ended.</summary>
public sealed record HeldAsk(NodeId Node) : Request;

/// <summary>To the ordering leader: slots of an ended sub-log from one on are lost.</summary>
public sealed record LogLose(Rid Rid, Lsn From) : Request;

/// <summary>Asks the owner of some keys how far their consumer groups let the log be trimmed.</summary>
/// <param name="Seat">Which keys of the shard.</param>
/// <param name="Below">The trim that is wished for.</param>
/// <param name="Keep">
/// It has been decided on: answered when the groups' own state stands at or above it and outlives the trim.
/// </param>
public sealed record GroupsBelow(ShardId Shard, int Seat, Position Below, bool Keep) : Request;

/// <summary>
/// Follows the log. Answered by pushes of <see cref="LogReply.Records"/>, <see cref="LogReply.Confirmed"/> and
/// <see cref="LogReply.Revoked"/>; ended by cancelling the request.
/// </summary>
/// <param name="From">First position wanted; null: from the confirmed tail on.</param>
/// <param name="Speculative">Deliver at once and confirm later; otherwise deliver when confirmed.</param>
/// <param name="Key">Only this key's records; null: all.</param>
/// <param name="Credits">Records the server may have sent beyond those credited; see <see cref="LogCredit"/>.</param>
/// <param name="Alone">
/// With a key: as soon as the key's own sub-log has a record, without waiting for lower positions of others. The key's
/// records still come in order. What is appended by somebody who has seen one of them may get a lower position than it:
/// only the merged order respects causality between keys.
/// </param>
/// <param name="Filter">Which records; null: all, or those of the key.</param>
/// <param name="SpeculativeMax">Delivery pauses at so many records that are not confirmed; 0: never.</param>
/// <param name="SpeculativeMaxMs">Delivery pauses while the oldest of them waits longer; 0: never.</param>
public sealed record LogSubscribe(
    Position? From, bool Speculative, string? Key, int Credits, bool Alone = false, RecordFilter? Filter = null,
    int SpeculativeMax = 0, int SpeculativeMaxMs = 0) : Request;

/// <summary>Lets a subscription go on by so many records. Not answered.</summary>
public sealed record LogCredit(RequestId Subscription, int Credits) : Request;

/// <summary>Asks for the state of the log as this node sees it.</summary>
public sealed record LogStatusAsk : Request;

/// <summary>Asks the ordering layer to take a node's sub-logs out at a window border, or to admit them.</summary>
public sealed record LogDrain(NodeId Node, bool Drain) : Request;

/// <summary>
/// Tells the node of a layout that has grown: the nodes at its end may stand in for others. Not answered.
/// </summary>
public sealed record LogGrow(Layout Layout) : Request;
