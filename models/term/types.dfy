include "../lib/utilities.dfy"
include "../lib/monotonicity.dfy"

module Types {
  import opened UtilitiesLibrary

  type NodeId = nat

  // The vote of a node together with the term it was given in. Within a term it is written once; a new term clears it.
  datatype MonotonicVote = MonotonicVote(term: nat, choice: Option<NodeId>) {
    ghost predicate SatisfiesMonotonic(past: MonotonicVote) {
      && past.term <= term
      && (past.term == term && past.choice.Some? ==> choice == past.choice)
    }
  }

  datatype Message =
    | Campaign(candidate: NodeId, term: nat)
    | Vote(voter: NodeId, term: nat, candidate: NodeId)
  {
    ghost function Src(): nat {
      if Campaign? then candidate else voter
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
