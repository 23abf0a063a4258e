include "../shared things/deep/utils.dfy"
include "../shared things/monotone/grow.dfy"

module Types {
  import opened UtilitiesLibrary

  type UniqueKey(==, !new)
  datatype Entry = Entry(amount: nat, note: (nat, nat))
  datatype Message = Move(from: nat, to: nat, key: UniqueKey, entry: Entry, stamp: nat)
  {
    ghost function Src(): nat {
      from
    }

    ghost function Dst(): nat {
      to
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
