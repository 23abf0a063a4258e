include "../shared things/deep/utils.dfy"
include "../shared things/monotone/grow.dfy"

module Types {
  import opened UtilitiesLibrary

  datatype Colour = Red | Green | Blue
  datatype Box = Box(colour: Colour, weight: nat)
  datatype Message = Ship(loader: nat, box: Box, place: nat)
  {
    ghost function Src(): nat {
      match this
      case Ship(l, _, _) => l
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
