include "words.dfy"

// Asks all, and when all are willing makes them ready before it commits.
module ChairHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(members: nat)

  datatype Variables = Variables(
    willing: set<MemberId>, unwilling: set<MemberId>, ready: set<MemberId>, called: MonotonicOnce<Outcome>,
    phase: Phase) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>, members: nat) {
    && |grp_c| == 1
    && grp_c[0].members == members
  }

  ghost predicate GroupWF(grp_c: seq<Constants>, grp_v: seq<Variables>) {
    |grp_v| == |grp_c| == 1
  }

  ghost predicate GroupInit(grp_c: seq<Constants>, grp_v: seq<Variables>)
    requires GroupWF(grp_c, grp_v)
  {
    Init(grp_c[0], grp_v[0])
  }

  ghost predicate Init(c: Constants, v: Variables) {
    v == Variables({}, {}, {}, Unset, Asking)
  }

  datatype Step = AskStep | WillingStep | UnwillingStep | PrepareStep | ReadyStep | CallStep | StutterStep

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case AskStep => NextAskStep(c, v, v', msgOps)
      case WillingStep => NextWillingStep(c, v, v', msgOps)
      case UnwillingStep => NextUnwillingStep(c, v, v', msgOps)
      case PrepareStep => NextPrepareStep(c, v, v', msgOps)
      case ReadyStep => NextReadyStep(c, v, v', msgOps)
      case CallStep => NextCallStep(c, v, v', msgOps)
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
    && v.phase.Asking?
    && outMsg == Ask
    && v' == v
  }
  ghost predicate NextWillingStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveAnswer1(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveAnswer1(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Answer?
    && inMsg.yes
    && v' == v.(willing := v.willing + {inMsg.member})
  }
  ghost predicate NextUnwillingStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveAnswer2(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveAnswer2(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Answer?
    && !inMsg.yes
    && v' == v.(unwilling := v.unwilling + {inMsg.member})
  }
  ghost predicate NextPrepareStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendMakeReady(c, v, v', msgOps.send.value)
  }

  ghost predicate SendMakeReady(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && |v.willing| == c.members
    && outMsg == MakeReady
    && v' == v.(phase := Readying)
  }
  ghost predicate NextReadyStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveReady(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveReady(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Ready?
    && v' == v.(ready := v.ready + {inMsg.member})
  }
  ghost predicate NextCallStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendCall(c, v, v', msgOps.send.value)
  }

  ghost predicate SendCall(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && v.called.Unset?
    && if v.phase.Readying? then
         && |v.ready| == c.members
         && outMsg == Call(Commit)
         && v' == v.(called := Set(Commit))
       else
         && v.unwilling != {}
         && outMsg == Call(Abort)
         && v' == v.(called := Set(Abort))
  }
}

// Answers by its preference, gets ready when told, does as called.
module MemberHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: MemberId, prefers: bool)

  datatype Variables = Variables(ready: bool, called: MonotonicOnce<Outcome>) {
    ghost predicate WF(c: Constants) {
      true
    }
  }
  ghost predicate GroupWFConstants(grp_c: seq<Constants>) {
    && 0 < |grp_c| && (forall i: nat | i < |grp_c| :: grp_c[i].id == i)
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
    && !v.ready
    && v.called.Unset?
  }

  datatype Step = AnswerStep | ReadyStep | CalledStep | StutterStep

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case AnswerStep => NextAnswerStep(c, v, v', msgOps)
      case ReadyStep => NextReadyStep(c, v, v', msgOps)
      case CalledStep => NextCalledStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }
  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }
  ghost predicate NextAnswerStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.Some?
    && ReceiveAskSendAnswer(c, v, v', msgOps.recv.value, msgOps.send.value)
  }

  ghost predicate ReceiveAskSendAnswer(c: Constants, v: Variables, v': Variables, inMsg: Message, outMsg: Message) {
    && inMsg.Ask?
    && outMsg == Answer(c.id, c.prefers)
    && v == v'
  }
  ghost predicate NextReadyStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.Some?
    && ReceiveMakeReadySendReady(c, v, v', msgOps.recv.value, msgOps.send.value)
  }

  ghost predicate ReceiveMakeReadySendReady(
    c: Constants, v: Variables, v': Variables, inMsg: Message, outMsg: Message)
  {
    && inMsg.MakeReady?
    && outMsg == Ready(c.id)
    && v' == v.(ready := true)
  }
  ghost predicate NextCalledStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveCall(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveCall(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Call?
    && v.called.Unset?
    && (inMsg.outcome.Commit? ==> v.ready)
    && v' == v.(called := Set(inMsg.outcome))
  }
}
