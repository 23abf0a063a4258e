include "../../../shared things/deep/utils.dfy"
include "../../../shared things/monotone/grow.dfy"

module Types {
  import opened UtilitiesLibrary

  type Item = nat
  datatype Line = Line(item: Item, pair: (nat, Item))
  datatype Message = Order(clerk: nat, line: Line) | Receipt(shop: nat, clerk: nat, proof: (Line, nat))
  {
    ghost function Src(): nat {
      if this.Order? then clerk else shop
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
