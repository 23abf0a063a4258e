include "../shared things/deep/utils.dfy"
include "../shared things/monotone/grow.dfy"

module Types {
  import opened UtilitiesLibrary

  type JudgeId = nat
  type CaseId = nat
  datatype Message =
    | Opinion(judge: JudgeId, cause: CaseId, yes: bool)
    | Ruling(clerk: nat, cause: CaseId, yes: bool)
  {
    ghost function Src(): nat {
      if Opinion? then judge else clerk
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
