include "../lib/utilities.dfy"
include "../lib/monotonicity.dfy"

module Types {
  import opened UtilitiesLibrary

  type NodeId = nat

  // How many members of a configuration must hold an entry before it counts.
  datatype Policy = Majority | All

  // What a stream holds: a record, or the seal that a leader puts first when it opens its term.
  datatype Entry = Record(term: nat) | Seal(term: nat)

  datatype Message =
    // The control plane names the leader of a term, its configuration, and all configurations that may have committed.
    | Appoint(term: nat, leader: NodeId, members: set<NodeId>, active: set<set<NodeId>>)
    // A leader closes all earlier terms; a member promises and answers with its stream.
    | Close(closer: NodeId, term: nat)
    | Tail(holder: NodeId, term: nat, stream: seq<Entry>)
    // A configuration counts only once its leader, after closing, has activated it.
    | Activate(activator: NodeId, term: nat)
    | Activated(term: nat)
    | Append(writer: NodeId, term: nat, stream: seq<Entry>)
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
        case Append(writer, _, _) => writer
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

  ghost function Common(a: seq<Entry>, b: seq<Entry>): nat
    decreases |a|
  {
    if |a| > 0 && |b| > 0 && a[0] == b[0] then 1 + Common(a[1..], b[1..]) else 0
  }
}
