include "names.dfy"

// Asks for its own ballot, counts the backing, and crowns itself when a quorum of its constants' size is behind it.
module CandidateHost {
  import opened Types
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary

  datatype Constants = Constants(id: nat, quorum: nat)

  datatype Variables = Variables(backing: MonotonicBacking, crowned: bool) {
    ghost predicate WF(c: Constants) {
      c.id in backing.m
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>, f: nat) {
    && 0 < |grp_c|
    && (forall i: nat | i < |grp_c| :: grp_c[i] == Constants(i, f + 1))
  }

  ghost predicate GroupWF(grp_c: seq<Constants>, grp_v: seq<Variables>, f: nat) {
    && GroupWFConstants(grp_c, f)
    && |grp_v| == |grp_c|
    && (forall i | 0 <= i < |grp_c| :: grp_v[i].WF(grp_c[i]))
  }

  ghost predicate GroupInit(grp_c: seq<Constants>, grp_v: seq<Variables>, f: nat)
    requires GroupWF(grp_c, grp_v, f)
  {
    forall i | 0 <= i < |grp_c| :: Init(grp_c[i], grp_v[i])
  }

  ghost predicate Init(c: Constants, v: Variables) {
    v == Variables(MonotonicBacking(map[c.id := {}]), false)
  }

  datatype Step =
    | AskStep()
    | CountStep()
    | CrownStep()
    | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps)
    requires v.WF(c)
  {
    match step
      case AskStep => NextAskStep(c, v, v', msgOps)
      case CountStep => NextCountStep(c, v, v', msgOps)
      case CrownStep => NextCrownStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.send == msgOps.recv == None
  }

  ghost predicate NextAskStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendAsk(c, v, v', msgOps.send.value)
  }

  ghost predicate SendAsk(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg == Ask(c.id)
    && v' == v
  }

  ghost predicate NextCountStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveBack(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveBack(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Back?
    && var b := inMsg.ballot;
    && if b in v.backing.m
       then v' == v.(backing := MonotonicBacking(v.backing.m[b := v.backing.m[b] + {inMsg.voter}]))
       else v' == v.(backing := MonotonicBacking(v.backing.m[b := {inMsg.voter}]))
  }

  ghost predicate NextCrownStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps)
    requires v.WF(c)
  {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendCrowned(c, v, v', msgOps.send.value)
  }

  ghost predicate HasQuorum(c: Constants, v: Variables)
    requires v.WF(c)
  {
    c.quorum <= |v.backing.m[c.id]|
  }

  ghost predicate SendCrowned(c: Constants, v: Variables, v': Variables, outMsg: Message)
    requires v.WF(c)
  {
    && HasQuorum(c, v)
    && outMsg == Crowned(c.id)
    && v' == v.(crowned := true)
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps)
    requires v.WF(c)
  {
    exists step :: NextStep(c, v, v', step, msgOps)
  }
}

// Backs the first ballot it hears of and keeps to it. Taking a request and answering it are two steps.
module VoterHost {
  import opened Types
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary

  datatype Constants = Constants(id: VoterId)

  datatype Variables = Variables(pending: Option<Message>, inner: Inner) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>, f: nat) {
    && 0 < f
    && |grp_c| == 2 * f + 1
    && (forall i: nat | i < |grp_c| :: grp_c[i].id == i)
  }

  ghost predicate GroupWF(grp_c: seq<Constants>, grp_v: seq<Variables>, f: nat) {
    && GroupWFConstants(grp_c, f)
    && |grp_v| == |grp_c|
  }

  ghost predicate GroupInit(grp_c: seq<Constants>, grp_v: seq<Variables>, f: nat)
    requires GroupWF(grp_c, grp_v, f)
  {
    forall i | 0 <= i < |grp_c| :: Init(grp_c[i], grp_v[i])
  }

  ghost predicate Init(c: Constants, v: Variables) {
    && v.pending == None
    && v.inner == Inner(NoPeak, 0)
  }

  datatype Step =
    | TakeStep()
    | DropStep()
    | BackStep()
    | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case TakeStep => NextTakeStep(c, v, v', msgOps)
      case DropStep => NextDropStep(c, v, v', msgOps)
      case BackStep => NextBackStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.send == msgOps.recv == None
  }

  ghost predicate NextTakeStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveAsk(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveAsk(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Ask?
    && v.pending.None?
    && v' == v.(pending := Some(inMsg))
  }

  // A local step with its update in the wrapper.
  ghost predicate NextDropStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps == MessageOps(None, None)
    && v.pending.Some?
    && v.inner.peak.Peak?
    && v' == v.(pending := None)
  }

  ghost predicate NextBackStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendBack(c, v, v', msgOps.send.value)
  }

  ghost predicate SendBack(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && v.pending.Some?
    && v.pending.value.Ask?
    && v.inner.peak.NoPeak?
    && var b := v.pending.value.ballot;
    && outMsg == Back(c.id, b)
    && v' == v.(
      pending := None,
      inner := v.inner.(peak := Peak(b, 0), heard := v.inner.heard + 1))
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }
}
