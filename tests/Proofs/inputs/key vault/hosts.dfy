include "messages.dfy"

// Entries lie in one vault each and are moved with a stamp that grows; one vault has all at first.
module VaultHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: nat)

  datatype Variables = Variables(held: map<UniqueKey, Entry>, stamp: nat, seen: map<UniqueKey, nat>) {
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
    && (c.id != 0 ==> v.held == map[])
    && v.stamp == 0
    && v.seen == map[]
  }

  datatype Step = MoveOutStep() | MoveInStep() | SpendStep(key: UniqueKey) | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case MoveOutStep => NextMoveOutStep(c, v, v', msgOps)
      case MoveInStep => NextMoveInStep(c, v, v', msgOps)
      case SpendStep(key) => NextSpendStep(c, v, v', key, msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextMoveOutStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendMove(c, v, v', msgOps.send.value)
  }

  ghost predicate NextMoveInStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveMove(c, v, v', msgOps.recv.value)
  }

  ghost predicate SendMove(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg.Move?
    && outMsg.from == c.id
    && outMsg.key in v.held
    && outMsg.entry == v.held[outMsg.key]
    && outMsg.stamp == v.stamp + 1
    && v' == v.(held := map k | k in v.held && k != outMsg.key :: v.held[k], stamp := outMsg.stamp)
  }

  ghost predicate ReceiveMove(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Move?
    && inMsg.to == c.id
    && inMsg.stamp > v.stamp
    && v' == v.(held := v.held[inMsg.key := inMsg.entry], stamp := inMsg.stamp)
  }

  ghost predicate NextSpendStep(c: Constants, v: Variables, v': Variables, key: UniqueKey, msgOps: MessageOps) {
    && msgOps.recv == None
    && msgOps.send == None
    && key in v.held
    && v.held[key].amount > 0
    && v' == v.(held := v.held[key := v.held[key].(amount := v.held[key].amount - 1)])
  }

  ghost predicate HostOwnsUniqueKey(c: Constants, v: Variables, k: UniqueKey) {
    k in v.held
  }

  ghost predicate UniqueKeyInFlightForHost(c: Constants, v: Variables, k: UniqueKey, msg: Message) {
    && msg.Move?
    && msg.to == c.id
    && msg.key == k
    && v.stamp < msg.stamp
  }
}
