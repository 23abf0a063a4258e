include "../lib/utilities.dfy"
include "../lib/monotonicity.dfy"

module Types {
  import opened UtilitiesLibrary

  type ParticipantId = nat

  datatype Vote = Yes | No

  datatype Outcome = Commit | Abort

  datatype Message =
    | Prepare
    | Ballot(voter: ParticipantId, vote: Vote)
    | Verdict(outcome: Outcome)
  {
    // Index of the sender within its own kind; the one coordinator has index 0.
    ghost function Src(): nat {
      if Ballot? then voter else 0
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
