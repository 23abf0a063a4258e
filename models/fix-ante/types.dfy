include "../lib/utilities.dfy"
include "../lib/monotonicity.dfy"

module Types {
  import opened UtilitiesLibrary

  type ShardId = nat
  type ReaderId = nat

  // What a record holds; an empty slot is a hole that a shard filled so as not to hold the others up.
  type Content(==, !new)

  // The order is fixed beforehand: each row takes one slot of each shard, in the order of their indices.
  datatype Place = Place(shard: ShardId, slot: nat)

  datatype Message =
    | Report(reporter: ShardId, length: nat)
    | Cut(rows: nat, failed: map<ShardId, nat>)
    | Close(shard: ShardId)
    | Closed(closed: ShardId, length: nat)
    | Row(server: ShardId, slot: nat, content: Option<Content>)
  {
    // Index of the sender within its own kind; the one orderer has index 0.
    ghost function Src(): nat {
      match this
        case Report(reporter, _) => reporter
        case Cut(_, _) => 0
        case Close(_) => 0
        case Closed(closed, _) => closed
        case Row(server, _, _) => server
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)

  // Slots of a failed shard from the one on that the order kept are void.
  ghost predicate Dead(failed: map<ShardId, nat>, place: Place) {
    place.shard in failed && failed[place.shard] <= place.slot
  }
}
