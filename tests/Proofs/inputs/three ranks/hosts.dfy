include "messages.dfy"

// Gives one opinion on each case.
module JudgeHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: JudgeId)

  datatype Variables = Variables(given: MonotonicMap<CaseId, bool>) {
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
    v.given == MonotonicMap(map[])
  }

  datatype Step = OpineStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case OpineStep => NextOpineStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextOpineStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendOpinion(c, v, v', msgOps.send.value)
  }

  ghost predicate SendOpinion(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg.Opinion?
    && outMsg.judge == c.id
    && outMsg.cause !in v.given.m
    && v' == v.(given := MonotonicMap(v.given.m[outMsg.cause := outMsg.yes]))
  }
}

// Rules as soon as some quorum of judges is of one opinion.
module ClerkHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: nat, quorums: set<set<JudgeId>>)

  datatype Variables = Variables(yes: map<CaseId, set<JudgeId>>, no: map<CaseId, set<JudgeId>>) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>) {
    && 0 < |grp_c|
    && (forall i: nat | i < |grp_c| ::
          && grp_c[i].id == i
          && grp_c[i].quorums == grp_c[0].quorums
          && (forall a, b | a in grp_c[i].quorums && b in grp_c[i].quorums :: exists x :: x in a && x in b))
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
    && v.yes == map[]
    && v.no == map[]
  }

  datatype Step = HearYesStep() | HearNoStep() | RuleStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case HearYesStep => NextHearYesStep(c, v, v', msgOps)
      case HearNoStep => NextHearNoStep(c, v, v', msgOps)
      case RuleStep => NextRuleStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost function At(m: map<CaseId, set<JudgeId>>, cause: CaseId): set<JudgeId> {
    if cause in m then m[cause] else {}
  }

  ghost predicate NextHearYesStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveOpinion1(c, v, v', msgOps.recv.value)
  }

  ghost predicate NextHearNoStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveOpinion2(c, v, v', msgOps.recv.value)
  }

  ghost predicate NextRuleStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendRuling(c, v, v', msgOps.send.value)
  }

  ghost predicate ReceiveOpinion1(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Opinion?
    && inMsg.yes
    && v' == v.(yes := v.yes[inMsg.cause := At(v.yes, inMsg.cause) + {inMsg.judge}])
  }

  ghost predicate ReceiveOpinion2(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Opinion?
    && !inMsg.yes
    && v' == v.(no := v.no[inMsg.cause := At(v.no, inMsg.cause) + {inMsg.judge}])
  }

  ghost predicate SendRuling(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg.Ruling?
    && outMsg.clerk == c.id
    && (exists q :: q in c.quorums && q <= At(if outMsg.yes then v.yes else v.no, outMsg.cause))
    && v' == v
  }
}

// Takes in or lets go, as it is told first.
module PrisonHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: nat)

  datatype Variables = Variables(outcome: map<CaseId, MonotonicOnce<bool>>) {
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
    v.outcome == map[]
  }

  datatype Step = ObeyStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case ObeyStep => NextObeyStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextObeyStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveRuling(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveRuling(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Ruling?
    && inMsg.cause !in v.outcome
    && v' == v.(outcome := v.outcome[inMsg.cause := Set(inMsg.yes)])
  }
}
