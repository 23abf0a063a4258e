include "messages.dfy"

// Packs light boxes in a row and ships them from it.
module LoaderHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: nat, limit: nat)

  datatype Variables = Variables(row: MonotonicSeq<Box>, shipped: nat) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>) {
    && 0 < |grp_c|
    && (forall i: nat | i < |grp_c| :: grp_c[i].id == i)
  }

  ghost predicate GroupWF(grp_c: seq<Constants>, grp_v: seq<Variables>) {
    && |grp_v| == |grp_c|
    && (forall i | 0 <= i < |grp_c| :: grp_v[i].WF(grp_c[i]))
  }

  ghost predicate GroupInit(grp_c: seq<Constants>, grp_v: seq<Variables>)
    requires GroupWF(grp_c, grp_v)
  {
    forall i | 0 <= i < |grp_c| :: Init(grp_c[i], grp_v[i])
  }

  ghost predicate Init(c: Constants, v: Variables) {
    && v.row == MonotonicSeq([])
    && v.shipped == 0
  }

  datatype Step = PackStep(box: Box) | ShipStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case PackStep(box) => NextPackStep(c, v, v', box, msgOps)
      case ShipStep => NextShipStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate {:opaque} Light(c: Constants, box: Box) {
    box.weight <= c.limit && box.colour != Blue
  }

  ghost predicate NextPackStep(c: Constants, v: Variables, v': Variables, box: Box, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && (reveal_Light(); Light(c, box))
    && |v.row.items| < 3
    && v' == v.(row := MonotonicSeq(v.row.items + [box]))
  }

  ghost predicate NextShipStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendShip(c, v, v', msgOps.send.value)
  }

  ghost predicate SendShip(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && v.shipped < |v.row.items|
    && outMsg == Ship(c.id, v.row.items[v.shipped], v.shipped)
    && v' == v.(shipped := v.shipped + 1)
  }
}

// Takes boxes in the order of their places.
module YardHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: nat)

  datatype Variables = Variables(stacks: map<nat, seq<Box>>) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>) {
    && 0 < |grp_c|
    && (forall i: nat | i < |grp_c| :: grp_c[i].id == i)
  }

  ghost predicate GroupWF(grp_c: seq<Constants>, grp_v: seq<Variables>) {
    && |grp_v| == |grp_c|
    && (forall i | 0 <= i < |grp_c| :: grp_v[i].WF(grp_c[i]))
  }

  ghost predicate GroupInit(grp_c: seq<Constants>, grp_v: seq<Variables>)
    requires GroupWF(grp_c, grp_v)
  {
    forall i | 0 <= i < |grp_c| :: Init(grp_c[i], grp_v[i])
  }

  ghost predicate Init(c: Constants, v: Variables) {
    v.stacks == map[]
  }

  datatype Step = StackStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case StackStep => NextStackStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextStackStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveShip(c, v, v', msgOps.recv.value)
  }

  ghost function Stack(v: Variables, loader: nat): seq<Box> {
    if loader in v.stacks then v.stacks[loader] else []
  }

  ghost predicate ReceiveShip(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Ship?
    && inMsg.place == |Stack(v, inMsg.loader)|
    && v' == v.(stacks := v.stacks[inMsg.loader := Stack(v, inMsg.loader) + [inMsg.box]])
  }
}
