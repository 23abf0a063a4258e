include "../lib/utilities.dfy"
include "../lib/monotonicity.dfy"

module Types {
  import opened UtilitiesLibrary

  type ProposerId = nat
  type AcceptorId = nat
  type LearnerId = nat

  // Nothing is known of values but that they can be compared.
  type Value(==, !new)

  datatype Proposal = Proposal(ballot: nat, value: Value)

  // What an acceptor has accepted last. That its ballots never fall follows from its promises, not from this field.
  datatype MonotonicAccepted = Nothing | Accepted(proposal: Proposal) {
    ghost predicate SatisfiesMonotonic(past: MonotonicAccepted) {
      past.Accepted? ==> Accepted?
    }
  }

  datatype Message =
    | Prepare(ballot: nat)
    | Promise(acceptor: AcceptorId, ballot: nat, accepted: Option<Proposal>)
    | Propose(ballot: nat, value: Value)
    | Accept(acceptor: AcceptorId, proposal: Proposal)
  {
    // Index of the sender within its own kind. A proposer has one ballot, numbered by its index.
    ghost function Src(): nat {
      if Prepare? || Propose? then ballot else acceptor
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
