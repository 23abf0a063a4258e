include "../lib/utilities.dfy"
include "../lib/monotonicity.dfy"

module Types {
  import opened UtilitiesLibrary

  type HostId = nat

  // There is one thing to own.
  datatype UniqueKey = Baton

  datatype Message =
    | Pass(src: HostId, dst: HostId, epoch: nat)
  {
    ghost function Src(): nat {
      src
    }

    ghost function Dst(): nat {
      dst
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
