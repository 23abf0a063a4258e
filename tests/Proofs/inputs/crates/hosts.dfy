include "words.dfy"

// Lends one item at a time and takes it back.
module DepotHost {
  import opened UtilitiesLibrary
  import opened Types

  datatype Constants = Constants(first: Crate)

  datatype Variables = Variables(shelf: Crate, trip: nat) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>) {
    |grp_c| == 1
  }

  ghost predicate GroupWF(grp_c: seq<Constants>, grp_v: seq<Variables>) {
    |grp_v| == |grp_c| == 1
  }

  ghost predicate GroupInit(grp_c: seq<Constants>, grp_v: seq<Variables>)
    requires GroupWF(grp_c, grp_v)
  {
    && grp_v[0].shelf == grp_c[0].first
    && grp_v[0].trip == 0
  }

  ghost predicate Init(c: Constants, v: Variables) {
    v == Variables(c.first, 0)
  }

  datatype Step = LendStep | TakeBackStep | StutterStep

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case LendStep => NextLendStep(c, v, v', msgOps)
      case TakeBackStep => NextTakeBackStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }
  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }
  ghost predicate NextLendStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendLend(c, v, v', msgOps.send.value)
  }

  ghost predicate SendLend(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg.Lend?
    && outMsg.item in v.shelf
    && outMsg.stamp == v.shelf[outMsg.item]
    && outMsg.trip == v.trip + 1
    && v' == v.(shelf := map k | k in v.shelf && k != outMsg.item :: v.shelf[k])
  }
  ghost predicate NextTakeBackStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveReturn(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveReturn(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Return?
    && inMsg.trip > v.trip
    && v' == v.(shelf := v.shelf[inMsg.item := inMsg.stamp], trip := inMsg.trip)
  }


  ghost predicate HostOwnsUniqueKey(c: Constants, v: Variables, k: UniqueKey) {
    k in v.shelf
  }

  ghost predicate UniqueKeyInFlightForHost(c: Constants, v: Variables, k: UniqueKey, msg: Message) {
    && msg.Return?
    && msg.item == k
    && msg.trip > v.trip
  }
}

// Holds items, hands all it has to another holder at once, or gives one back.
module HolderHost {
  import opened UtilitiesLibrary
  import opened Types

  datatype Constants = Constants(id: nat)

  datatype Variables = Variables(held: Crate, trip: nat) {
    ghost predicate WF(c: Constants) {
      true
    }
  }
  ghost predicate GroupWFConstants(grp_c: seq<Constants>) {
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
    v == Variables(map[], 0)
  }

  datatype Step = BorrowStep | MoveStep | ArriveStep | GiveBackStep | StutterStep

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case BorrowStep => NextBorrowStep(c, v, v', msgOps)
      case MoveStep => NextMoveStep(c, v, v', msgOps)
      case ArriveStep => NextArriveStep(c, v, v', msgOps)
      case GiveBackStep => NextGiveBackStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }
  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }
  ghost predicate NextBorrowStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveLend(c, v, v', msgOps.recv.value)
  }


  ghost predicate ReceiveLend(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Lend?
    && inMsg.dst == c.id
    && inMsg.trip > v.trip
    && v' == v.(held := v.held[inMsg.item := inMsg.stamp], trip := inMsg.trip)
  }
  ghost predicate NextMoveStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendMove(c, v, v', msgOps.send.value)
  }

  ghost predicate SendMove(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg.Move?
    && outMsg.src == c.id
    && outMsg.crate == v.held
    && outMsg.trip == v.trip + 1
    && v' == v.(held := map[])
  }
  ghost predicate NextArriveStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveMove(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveMove(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Move?
    && inMsg.dst == c.id
    && Later(v, inMsg.trip)
    && v' == v.(held := v.held + inMsg.crate, trip := inMsg.trip)
  }

  ghost predicate Later(v: Variables, trip: nat) {
    trip > v.trip
  }
  ghost predicate NextGiveBackStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendReturn(c, v, v', msgOps.send.value)
  }

  ghost predicate SendReturn(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg.Return?
    && outMsg.item in v.held
    && outMsg == Return(outMsg.item, v.held[outMsg.item], v.trip + 1, c.id)
    && v' == v.(held := map k | k in v.held && k != outMsg.item :: v.held[k])
  }

  ghost predicate HostOwnsUniqueKey(c: Constants, v: Variables, k: UniqueKey) {
    k in v.held
  }

  ghost predicate UniqueKeyInFlightForHost(c: Constants, v: Variables, k: UniqueKey, msg: Message) {
    || (&& msg.Lend?
        && msg.item == k
        && Later(v, msg.trip))
    || (&& msg.Move?
        && k in msg.crate
        && Later(v, msg.trip))
  }
}
