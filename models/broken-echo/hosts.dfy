include "types.dfy"

// Sends back what it was asked, to whom it was asked by. Keeps no record of whom it has answered.
module ServerHost {
  import opened UtilitiesLibrary
  import opened Types

  datatype Constants = Constants(id: nat)

  datatype Variables = Variables(answers: nat) {
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
    v.answers == 0
  }

  datatype Step = AnswerStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case AnswerStep => NextAnswerStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextAnswerStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.Some?
    && ReceiveAskSendEcho(c, v, v', msgOps.recv.value, msgOps.send.value)
  }

  ghost predicate ReceiveAskSendEcho(c: Constants, v: Variables, v': Variables, inMsg: Message, outMsg: Message) {
    && inMsg.Ask?
    && outMsg == Echo(inMsg.asker, inMsg.serial)
    && v' == v.(answers := v.answers + 1)
  }
}

// Asks with a fresh serial each time and gathers the echoes addressed to it.
module ClientHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: ClientId)

  datatype Variables = Variables(asked: MonotonicSet<nat>, heard: set<nat>) {
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
    && v.asked == MonotonicSet({})
    && v.heard == {}
  }

  datatype Step = AskStep() | HearStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case AskStep => NextAskStep(c, v, v', msgOps)
      case HearStep => NextHearStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextAskStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendAsk(c, v, v', msgOps.send.value)
  }

  ghost predicate SendAsk(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg.Ask?
    && outMsg.asker == c.id
    && outMsg.serial !in v.asked.s
    && v' == v.(asked := MonotonicSet(v.asked.s + {outMsg.serial}))
  }

  ghost predicate NextHearStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveEcho(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveEcho(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Echo?
    && inMsg.listener <= c.id
    && v' == v.(heard := v.heard + {inMsg.serial})
  }
}
