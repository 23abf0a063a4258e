include "../lib/utilities.dfy"
include "../lib/monotonicity.dfy"

module Types {
  import opened UtilitiesLibrary

  type ClientId = nat

  datatype Message =
    | Ask(asker: ClientId, serial: nat)
    | Echo(listener: ClientId, serial: nat)
  {
    // Index of the sender within its own kind; the one server has index 0.
    ghost function Src(): nat {
      if Ask? then asker else 0
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
