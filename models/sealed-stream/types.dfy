include "../lib/utilities.dfy"
include "../lib/monotonicity.dfy"

module Types {
  import opened UtilitiesLibrary

  type NodeId = nat

  // How many members of a configuration must hold an entry before it counts.
  datatype Policy = Majority | All

  // What a stream holds: a record, or the seal that a leader puts first when it opens its term.
  datatype Entry = Record(term: nat) | Seal(term: nat)

  // What a restart finds on a disk.
  datatype Saved = Saved(promised: nat, stream: seq<Entry>)

  datatype Message =
    // The control plane names the leader of a term, its configuration, and all configurations that may have committed.
    | Appoint(term: nat, leader: NodeId, members: set<NodeId>, active: set<set<NodeId>>)
    // A leader closes all earlier terms; a member promises and answers with its stream.
    | Close(closer: NodeId, term: nat)
    | Tail(holder: NodeId, term: nat, stream: seq<Entry>)
    // A configuration counts only once its leader, after closing, has activated it.
    | Activate(activator: NodeId, term: nat)
    | Activated(term: nat)
    // Entries above prev, together with all before them; a member compares only the entry at prev.
    | Append(writer: NodeId, term: nat, prev: nat, stream: seq<Entry>)
    | Ack(holder: NodeId, term: nat, length: nat)
    | Opened(opener: NodeId, term: nat)
  {
    // Index of the sender within its own kind; the one register has index 0.
    ghost function Src(): nat {
      match this
        case Appoint(_, _, _, _) => 0
        case Close(closer, _) => closer
        case Tail(holder, _, _) => holder
        case Activate(activator, _) => activator
        case Activated(_) => 0
        case Append(writer, _, _, _) => writer
        case Ack(holder, _, _) => holder
        case Opened(opener, _) => opener
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)

  // The members of a configuration that are in a set form a commit quorum.
  ghost predicate CommitQuorum(policy: Policy, members: set<NodeId>, who: set<NodeId>) {
    match policy
      case Majority => 2 * |who * members| > |members|
      case All => members <= who
  }

  // ... meet every commit quorum.
  ghost predicate MeetsCommitQuorums(policy: Policy, members: set<NodeId>, who: set<NodeId>) {
    match policy
      case Majority => 2 * |who * members| >= |members|
      case All => who * members != {}
  }

  ghost function LastTerm(stream: seq<Entry>): nat {
    if |stream| == 0 then 0 else stream[|stream| - 1].term
  }

  // The later of two streams: by the term of the last entry, then by length.
  ghost predicate AtLeast(a: seq<Entry>, b: seq<Entry>) {
    || LastTerm(a) > LastTerm(b)
    || (LastTerm(a) == LastTerm(b) && |a| >= |b|)
  }

  // Length of what two streams have in common from their beginning, when it is known to lie between two bounds.
  ghost function CommonWithin(a: seq<Entry>, b: seq<Entry>, low: nat, high: nat): nat
    requires low <= high <= |a| && high <= |b|
    ensures low <= CommonWithin(a, b, low, high) <= high
    decreases high - low
  {
    if low == high then low
    else
      var middle := (low + high + 1) / 2;
      if a[..middle] == b[..middle] then CommonWithin(a, b, middle, high) else CommonWithin(a, b, low, middle - 1)
  }

  ghost function Common(a: seq<Entry>, b: seq<Entry>): nat
    ensures Common(a, b) <= |a| && Common(a, b) <= |b|
  {
    CommonWithin(a, b, 0, if |a| <= |b| then |a| else |b|)
  }

  // Both streams have the same term at an index (counted from 1; there is nothing to compare at 0).
  ghost predicate Meets(a: seq<Entry>, b: seq<Entry>, index: nat) {
    index == 0 || (index <= |a| && index <= |b| && a[index - 1].term == b[index - 1].term)
  }

  // What is held when another stream has arrived: the same if nothing in it is new, else that one.
  ghost function Taken(had: seq<Entry>, arrived: seq<Entry>): seq<Entry> {
    if arrived <= had then had else arrived
  }

  // What a disk goes through when a stream is replaced: what is not in the new one is cut off first.
  ghost function Writes(promised: nat, had: seq<Entry>, stream: seq<Entry>): seq<Saved> {
    if stream == had then []
    else if had <= stream then [Saved(promised, stream)]
    else [Saved(promised, had[..Common(had, stream)]), Saved(promised, stream)]
  }
}
