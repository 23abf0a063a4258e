include "types.dfy"

// Two-phase commit: asks everybody, gathers the ballots, decides once.
// Yes needs every participant; one No is enough to abort.
module CoordinatorHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(participants: nat)

  datatype Variables = Variables(
    yes: set<ParticipantId>,
    no: set<ParticipantId>,
    decision: MonotonicWriteOnceOption<Outcome>
  ) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>, participants: nat) {
    && |grp_c| == 1
    && grp_c[0].participants == participants
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
    && v.yes == {}
    && v.no == {}
    && v.decision == WONone
  }

  datatype Step = PrepareStep() | CountYesStep() | CountNoStep() | DecideStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case PrepareStep => NextPrepareStep(c, v, v', msgOps)
      case CountYesStep => NextCountYesStep(c, v, v', msgOps)
      case CountNoStep => NextCountNoStep(c, v, v', msgOps)
      case DecideStep => NextDecideStep(c, v, v', msgOps)
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
    && outMsg == Prepare
    && v.decision.WONone?
    && v' == v
  }

  ghost predicate NextCountYesStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveBallotYes(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveBallotYes(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Ballot?
    && inMsg.vote.Yes?
    && v' == v.(yes := v.yes + {inMsg.voter})
  }

  ghost predicate NextCountNoStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveBallotNo(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveBallotNo(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Ballot?
    && inMsg.vote.No?
    && v' == v.(no := v.no + {inMsg.voter})
  }

  ghost predicate NextDecideStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendVerdict(c, v, v', msgOps.send.value)
  }

  ghost predicate SendVerdict(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && v.decision.WONone?
    && if |v.no| > 0 then
         && outMsg == Verdict(Abort)
         && v' == v.(decision := WOSome(Abort))
       else
         && |v.yes| <= c.participants
         && outMsg == Verdict(Commit)
         && v' == v.(decision := WOSome(Commit))
  }
}

// Votes as its preference says, as often as it is asked, and takes over the verdict.
module ParticipantHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: ParticipantId, preference: Vote)

  datatype Variables = Variables(decision: MonotonicWriteOnceOption<Outcome>) {
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
    v.decision == WONone
  }

  datatype Step = VoteStep() | LearnStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case VoteStep => NextVoteStep(c, v, v', msgOps)
      case LearnStep => NextLearnStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextVoteStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.Some?
    && ReceivePrepareSendBallot(c, v, v', msgOps.recv.value, msgOps.send.value)
  }

  ghost predicate ReceivePrepareSendBallot(
    c: Constants, v: Variables, v': Variables, inMsg: Message, outMsg: Message
  ) {
    && inMsg.Prepare?
    && outMsg == Ballot(c.id, c.preference)
    && v' == v
  }

  ghost predicate NextLearnStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveVerdict(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveVerdict(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Verdict?
    && v.decision.WONone?
    && v' == v.(decision := WOSome(inMsg.outcome))
  }
}
