include "../shared things/deep/utils.dfy"
include "../shared things/monotone/grow.dfy"

module Types {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary

  type Value(!new, ==)
  type Slot = nat
  type KeeperId = nat

  datatype Entry = Entry(round: nat, value: Value)

  datatype Log = Log(entries: map<Slot, Entry>)

  datatype MonotonicTally = MonotonicTally(votes: map<Slot, map<Entry, set<KeeperId>>>) {
    ghost predicate SatisfiesMonotonic(past: MonotonicTally) {
      forall s, e | s in past.votes && e in past.votes[s] ::
        s in votes && e in votes[s] && past.votes[s][e] <= votes[s][e]
    }
  }

  datatype Message =
    | Propose(slot: Slot, entry: Entry)
    | Kept(keeper: KeeperId, slot: Slot, entry: Entry)
    | Known(reader: nat, slot: Slot, value: Value)
  {
    ghost function Src(): nat {
      if Propose? then entry.round else if Kept? then keeper else reader
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
