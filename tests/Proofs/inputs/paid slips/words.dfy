include "../shared things/deep/utils.dfy"
include "../shared things/monotone/grow.dfy"

module Papers {
  datatype Slip = Slip(desk: nat, number: nat)
  datatype Colour = Red | Blue
}

module Types {
  import opened UtilitiesLibrary
  import opened Papers

  datatype Message =
    | Ask(slip: Slip)
    | Grant(vault: nat, slip: Slip, colour: Colour)
    | Gift(vault: nat, to: nat, slip: Slip, amount: nat)
    | Close(vault: nat, why: Colour)
  {
    ghost function Src(): nat {
      if Ask? then slip.desk else vault
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
