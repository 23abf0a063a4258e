include "../shared things/deep/utils.dfy"
include "../shared things/monotone/grow.dfy"

module Types {
  import opened UtilitiesLibrary

  datatype Message = Claim(rank: nat, from: nat)
  {
    ghost function Src(): nat {
      from
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
