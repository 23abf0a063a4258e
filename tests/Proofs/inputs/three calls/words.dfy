include "../shared things/deep/utils.dfy"
include "../shared things/monotone/grow.dfy"

module Types {
  import opened UtilitiesLibrary

  type MemberId = nat

  datatype Outcome = Commit | Abort

  datatype Phase = Asking | Readying

  datatype Message =
    | Ask
    | Answer(member: MemberId, yes: bool)
    | MakeReady
    | Ready(member: MemberId)
    | Call(outcome: Outcome)
  {
    ghost function Src(): nat {
      if Answer? || Ready? then this.member else 0
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
