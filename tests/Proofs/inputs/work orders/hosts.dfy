include "types.dfy"

module BossHost {
  import opened UtilitiesLibrary
  import opened Types

  datatype Constants = Constants(id: nat)

  datatype Variables = Free(round: nat) | Waiting(round: nat, given: Task) {
    ghost predicate WF(c: Constants) {
      Waiting? ==> given.round <= round
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
    v == Free(0)
  }

  datatype Step = OfferStep(to: WorkerId) | ReapStep | StutterStep

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case OfferStep(to) => NextOfferStep(c, v, v', to, msgOps)
      case ReapStep => NextReapStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextOfferStep(c: Constants, v: Variables, v': Variables, to: WorkerId, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendOffer(c, v, v', to, msgOps.send.value)
  }

  ghost predicate SendOffer(c: Constants, v: Variables, v': Variables, to: WorkerId, outMsg: Message) {
    && v.Free?
    && outMsg == Offer(c.id, Task(v.round + 1, to))
    && v' == Waiting(v.round + 1, outMsg.task)
  }

  ghost predicate NextReapStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveDone(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveDone(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Done?
    && v.Waiting?
    && inMsg.task == v.given
    && v' == Free(v.round)
  }
}

module WorkerHost {
  import opened UtilitiesLibrary
  import opened Types

  datatype Constants = Constants(id: WorkerId)

  datatype Variables = Idle | Working(task: Task, since: nat) {
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
    v.Idle?
  }

  datatype Step = StartStep | FinishStep | StutterStep

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
    && ReceiveOffer(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveOffer(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Offer?
    && inMsg.task.owner == c.id
    && v.Idle?
    && v' == Working(inMsg.task, inMsg.task.round)
  }

  ghost predicate NextFinishStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendDone(c, v, v', msgOps.send.value)
  }

  ghost predicate SendDone(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && v.Working?
    && outMsg == Done(c.id, v.task)
    && v' == Idle
  }
}
