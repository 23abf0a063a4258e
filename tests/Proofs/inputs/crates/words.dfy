include "../shared things/deep/utils.dfy"

module Types {
  import opened UtilitiesLibrary

  type UniqueKey = int
  type Stamp = nat
  type Crate = map<UniqueKey, Stamp>

  datatype Message =
    | Move(crate: Crate, trip: nat, src: nat, dst: nat)
    | Lend(item: UniqueKey, stamp: Stamp, trip: nat, dst: nat)
    | Return(item: UniqueKey, stamp: Stamp, trip: nat, src: nat)
  {
    ghost function Src(): nat {
      if Lend? then 0 else src
    }

    ghost function Dst(): nat {
      if Return? then 0 else dst
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
