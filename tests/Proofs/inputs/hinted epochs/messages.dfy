include "../shared things/deep/utils.dfy"
include "../shared things/monotone/grow.dfy"

module Types {
  import opened UtilitiesLibrary

  datatype Message = Bump(node: nat, epoch: nat) | Grant(node: nat, epoch: nat, to: nat)
  {
    ghost function Src(): nat {
      node
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
