include "types.dfy"

// One ballot each. Proposes its own wish unless a promise tells of an accepted value; of those told the one of the
// highest ballot is proposed instead.
module ProposerHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: ProposerId, acceptors: nat, wish: Value)

  datatype Variables = Variables(promises: MonotonicSet<AcceptorId>, highest: MonotonicNatOption, value: Value) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>, acceptors: nat) {
    && 0 < |grp_c|
    && (forall i: nat | i < |grp_c| :: grp_c[i].id == i && grp_c[i].acceptors == acceptors)
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
    && v.promises == MonotonicSet({})
    && v.highest == MNNone
    && v.value == c.wish
  }

  datatype Step = PrepareStep() | GatherStep() | AdoptStep() | ProposeStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case PrepareStep => NextPrepareStep(c, v, v', msgOps)
      case GatherStep => NextGatherStep(c, v, v', msgOps)
      case AdoptStep => NextAdoptStep(c, v, v', msgOps)
      case ProposeStep => NextProposeStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextPrepareStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendPrepare(c, v, v', msgOps.send.value)
  }

  ghost predicate SendPrepare(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg == Prepare(c.id)
    && v' == v
  }

  ghost predicate NextGatherStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceivePromisePlain(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceivePromisePlain(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Promise?
    && inMsg.ballot == c.id
    && 2 * |v.promises.s| <= c.acceptors
    && (inMsg.accepted.Some? ==> v.highest.MNSome? && inMsg.accepted.value.ballot <= v.highest.value)
    && v' == v.(promises := MonotonicSet(v.promises.s + {inMsg.acceptor}))
  }

  ghost predicate NextAdoptStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceivePromiseHigher(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceivePromiseHigher(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Promise?
    && inMsg.ballot == c.id
    && 2 * |v.promises.s| <= c.acceptors
    && inMsg.accepted.Some?
    && (v.highest.MNSome? ==> v.highest.value < inMsg.accepted.value.ballot)
    && v' == v.(
         promises := MonotonicSet(v.promises.s + {inMsg.acceptor}),
         highest := MNSome(inMsg.accepted.value.ballot),
         value := inMsg.accepted.value.value)
  }

  ghost predicate NextProposeStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendPropose(c, v, v', msgOps.send.value)
  }

  ghost predicate SendPropose(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && 2 * |v.promises.s| > c.acceptors
    && outMsg == Propose(c.id, v.value)
    && v' == v
  }
}

// Promises to ignore lower ballots, and accepts what its promise does not forbid.
module AcceptorHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: AcceptorId)

  datatype Variables = Variables(promised: MonotonicNatOption, accepted: MonotonicAccepted) {
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
    && v.promised == MNNone
    && v.accepted == Nothing
  }

  datatype Step = PromiseStep() | AcceptStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case PromiseStep => NextPromiseStep(c, v, v', msgOps)
      case AcceptStep => NextAcceptStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextPromiseStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.Some?
    && ReceivePrepareSendPromise(c, v, v', msgOps.recv.value, msgOps.send.value)
  }

  ghost predicate ReceivePrepareSendPromise(
    c: Constants, v: Variables, v': Variables, inMsg: Message, outMsg: Message
  ) {
    && inMsg.Prepare?
    && (v.promised.MNSome? ==> v.promised.value < inMsg.ballot)
    && outMsg == Promise(c.id, inMsg.ballot, if v.accepted.Accepted? then Some(v.accepted.proposal) else None)
    && v' == v.(promised := MNSome(inMsg.ballot))
  }

  ghost predicate NextAcceptStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.Some?
    && ReceiveProposeSendAccept(c, v, v', msgOps.recv.value, msgOps.send.value)
  }

  ghost predicate ReceiveProposeSendAccept(
    c: Constants, v: Variables, v': Variables, inMsg: Message, outMsg: Message
  ) {
    && inMsg.Propose?
    && (v.promised.MNSome? ==> v.promised.value >= inMsg.ballot)
    && outMsg == Accept(c.id, Proposal(inMsg.ballot, inMsg.value))
    && v' == v.(
         promised := MNSome(inMsg.ballot),
         accepted := Accepted(Proposal(inMsg.ballot, inMsg.value)))
  }
}

// Counts who accepted what, and learns a value that more than half accepted under one ballot.
module LearnerHost {
  import opened UtilitiesLibrary
  import opened Types

  datatype Constants = Constants(id: LearnerId, acceptors: nat)

  datatype Variables = Variables(accepts: map<Proposal, set<AcceptorId>>, learned: Option<Value>) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>, acceptors: nat) {
    && 0 < |grp_c|
    && (forall i: nat | i < |grp_c| :: grp_c[i].id == i && grp_c[i].acceptors == acceptors)
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
    && v.accepts == map[]
    && v.learned == None
  }

  datatype Step = CountStep() | LearnStep(proposal: Proposal) | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case CountStep => NextCountStep(c, v, v', msgOps)
      case LearnStep(proposal) => NextLearnStep(c, v, v', proposal, msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextCountStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveAccept(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveAccept(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Accept?
    && var known := if inMsg.proposal in v.accepts then v.accepts[inMsg.proposal] else {};
    && v' == v.(accepts := v.accepts[inMsg.proposal := known + {inMsg.acceptor}])
  }

  ghost predicate NextLearnStep(
    c: Constants, v: Variables, v': Variables, proposal: Proposal, msgOps: MessageOps
  ) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && proposal in v.accepts
    && 2 * |v.accepts[proposal]| > c.acceptors
    && v' == v.(learned := Some(proposal.value))
  }
}
