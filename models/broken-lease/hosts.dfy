include "types.dfy"

// Has the lease at first; gives it to one client at a time and waits for it to come back.
module ServerHost {
  import opened UtilitiesLibrary
  import opened Types

  datatype Constants = Constants(id: nat)

  datatype Variables = Variables(available: bool, epoch: nat) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>) {
    && |grp_c| == 1
    && grp_c[0].id == 0
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
    && v.available
    && v.epoch == 0
  }

  datatype Step = GrantStep() | RestoreStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case GrantStep => NextGrantStep(c, v, v', msgOps)
      case RestoreStep => NextRestoreStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextGrantStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendGrant(c, v, v', msgOps.send.value)
  }

  ghost predicate SendGrant(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && v.available
    && outMsg.Grant?
    && outMsg.epoch == v.epoch + 1
    && v' == v.(available := false)
  }

  ghost predicate NextRestoreStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveReturn(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveReturn(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Return?
    && v.epoch < inMsg.epoch
    && v' == v.(available := true, epoch := inMsg.epoch)
  }

  ghost predicate HostOwnsUniqueKey(c: Constants, v: Variables, k: UniqueKey) {
    v.available
  }

  ghost predicate UniqueKeyInFlightForHost(c: Constants, v: Variables, k: UniqueKey, msg: Message) {
    && msg.Return?
    && v.epoch < msg.epoch
  }
}

// Works while it holds the lease, then returns it. An epoch above its own tells a new grant from a stale copy.
module ClientHost {
  import opened UtilitiesLibrary
  import opened Types

  datatype Constants = Constants(id: ClientId)

  datatype Variables = Variables(working: bool, epoch: nat) {
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
    && !v.working
    && v.epoch == 0
  }

  datatype Step = StartStep() | FinishStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case StartStep => NextStartStep(c, v, v', msgOps)
      case FinishStep => NextFinishStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextStartStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveGrant(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveGrant(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Grant?
    && inMsg.holder == c.id
    && v.epoch <= inMsg.epoch
    && v' == v.(working := true, epoch := inMsg.epoch)
  }

  ghost predicate NextFinishStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendReturn(c, v, v', msgOps.send.value)
  }

  ghost predicate SendReturn(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && v.working
    && outMsg == Return(c.id, v.epoch + 1)
    && v' == v.(working := false)
  }

  ghost predicate HostOwnsUniqueKey(c: Constants, v: Variables, k: UniqueKey) {
    v.working
  }

  ghost predicate UniqueKeyInFlightForHost(c: Constants, v: Variables, k: UniqueKey, msg: Message) {
    && msg.Grant?
    && msg.holder == c.id
    && v.epoch < msg.epoch
  }
}
