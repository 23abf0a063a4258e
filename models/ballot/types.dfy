include "../lib/utilities.dfy"
include "../lib/monotonicity.dfy"

module Types {
  import opened UtilitiesLibrary

  type CandidateId = nat
  type VoterId = nat

  datatype Message =
    | Canvass(candidate: CandidateId)
    | Vote(voter: VoterId, candidate: CandidateId)
  {
    // Index of the sender within its own kind.
    ghost function Src(): nat {
      if Canvass? then candidate else voter
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
