include "../lib/utilities.dfy"
include "../lib/monotonicity.dfy"

module Types {
  import opened UtilitiesLibrary

  type ClientId = nat

  // One file server, one lease.
  datatype UniqueKey = Lease

  datatype Message =
    | Grant(holder: ClientId, epoch: nat)
    | Return(returner: ClientId, epoch: nat)
  {
    // Index of the sender within its own kind; the one server has index 0.
    ghost function Src(): nat {
      if Return? then returner else 0
    }

    ghost function Dst(): nat {
      if Grant? then holder else 0
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
