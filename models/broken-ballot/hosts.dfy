include "types.dfy"

// Asks for votes and takes office once more than half of the voters have answered.
module CandidateHost {
  import opened UtilitiesLibrary
  import opened Types

  datatype Constants = Constants(id: CandidateId, voters: nat)

  datatype Variables = Variables(supporters: set<VoterId>, elected: bool) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>, voters: nat) {
    && 0 < |grp_c|
    && (forall i: nat | i < |grp_c| :: grp_c[i].id == i && grp_c[i].voters == voters)
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
    && v.supporters == {}
    && !v.elected
  }

  datatype Step = CanvassStep() | CountStep() | TakeOfficeStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case CanvassStep => NextCanvassStep(c, v, v', msgOps)
      case CountStep => NextCountStep(c, v, v', msgOps)
      case TakeOfficeStep => NextTakeOfficeStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextCanvassStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendCanvass(c, v, v', msgOps.send.value)
  }

  ghost predicate SendCanvass(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg == Canvass(c.id)
    && v' == v
  }

  ghost predicate NextCountStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveVote(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveVote(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Vote?
    && inMsg.candidate == c.id
    && v' == v.(supporters := v.supporters + {inMsg.voter})
  }

  ghost predicate NextTakeOfficeStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && 2 * |v.supporters| >= c.voters
    && v' == v.(elected := true)
  }
}

// Gives its one vote to whoever asks first, and repeats it to that candidate on request.
module VoterHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: VoterId)

  datatype Variables = Variables(choice: MonotonicWriteOnceOption<CandidateId>) {
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
    v.choice == WONone
  }

  datatype Step = ChooseStep() | VoteStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case ChooseStep => NextChooseStep(c, v, v', msgOps)
      case VoteStep => NextVoteStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextChooseStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveCanvass(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveCanvass(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Canvass?
    && v.choice.WONone?
    && v' == v.(choice := WOSome(inMsg.candidate))
  }

  ghost predicate NextVoteStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendVote(c, v, v', msgOps.send.value)
  }

  ghost predicate SendVote(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && v.choice.WOSome?
    && outMsg == Vote(c.id, v.choice.value)
    && v' == v
  }
}
