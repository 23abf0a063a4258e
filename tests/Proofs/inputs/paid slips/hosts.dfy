include "words.dfy"

// Asks for what its open slips say, and counts what any vault paid. Its steps choose the slip and the share.
module DeskHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Papers
  import opened Types

  datatype Constants = Constants(id: nat)

  datatype Variables = Variables(drawn: MonotonicSet<Slip>, paid: set<Slip>, shut: set<nat>) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>) {
    0 < |grp_c| && (forall i: nat | i < |grp_c| :: grp_c[i].id == i)
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
    v == Variables(MonotonicSet({}), {}, {})
  }

  datatype Step = OpenStep(n: nat) | AskStep(n: nat) | GrantStep | GiftStep(share: nat) | CloseStep | StutterStep

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case OpenStep(n) =>
        && msgOps == MessageOps(None, None)
        && n < 2
        && v' == v.(drawn := MonotonicSet(v.drawn.s + {Slip(c.id, n)}))
      case AskStep(n) =>
        && msgOps.recv.None?
        && msgOps.send.Some?
        && SendAsk(c, v, v', Slip(c.id, n), msgOps.send.value)
      case GrantStep =>
        && msgOps.recv.Some?
        && msgOps.send.None?
        && ReceiveGrant(c, v, v', msgOps.recv.value)
      case GiftStep(share) =>
        && msgOps.recv.Some?
        && msgOps.send.None?
        && ReceiveGift(c, v, v', share, msgOps.recv.value)
      case CloseStep =>
        && msgOps.recv.Some?
        && msgOps.send.None?
        && ReceiveClose(c, v, v', msgOps.recv.value)
      case StutterStep => v' == v && msgOps == MessageOps(None, None)
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate SendAsk(c: Constants, v: Variables, v': Variables, i: Slip, outMsg: Message) {
    && i in v.drawn.s
    && outMsg == Ask(i)
    && v' == v
  }

  ghost predicate ReceiveGrant(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Grant?
    && inMsg.colour == Blue
    && inMsg.slip.desk == c.id
    && v' == v.(paid := v.paid + {inMsg.slip})
  }

  ghost predicate ReceiveGift(c: Constants, v: Variables, v': Variables, share: nat, inMsg: Message) {
    && inMsg.Gift?
    && share <= inMsg.amount
    && inMsg.to == c.id
    && v' == v.(paid := v.paid + {inMsg.slip})
  }

  ghost predicate ReceiveClose(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Close?
    && v' == v.(shut := v.shut + {inMsg.vault})
  }
}

// Pays in a colour that its step chooses, gives to anybody what was asked of it, and closes once.
module VaultHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Papers
  import opened Types

  datatype Constants = Constants(id: nat)

  datatype Variables = Variables(seen: set<Slip>, closed: MonotonicOnce<Colour>) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>) {
    0 < |grp_c| && (forall i: nat | i < |grp_c| :: grp_c[i].id == i)
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
    v == Variables({}, Unset)
  }

  datatype Step = PayStep(colour: Colour) | GiftStep(to: nat, slip: Slip) | CloseStep(why: Colour) | StutterStep

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case PayStep(colour) =>
        && msgOps.recv.Some?
        && msgOps.send.Some?
        && ReceiveAskSendGrant(c, v, v', colour, msgOps.recv.value, msgOps.send.value)
      case GiftStep(to, slip) =>
        && msgOps.recv.None?
        && msgOps.send.Some?
        && SendGift(c, v, v', to, slip, msgOps.send.value)
      case CloseStep(_) => SendClose(c, v, v', step, msgOps)
      case StutterStep => v' == v && msgOps == MessageOps(None, None)
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate ReceiveAskSendGrant(
    c: Constants, v: Variables, v': Variables, colour: Colour, inMsg: Message, outMsg: Message)
  {
    && inMsg.Ask?
    && outMsg == Grant(c.id, inMsg.slip, colour)
    && v' == v.(seen := v.seen + {inMsg.slip})
  }

  ghost predicate SendGift(
    c: Constants, v: Variables, v': Variables, to: nat, slip: Slip, outMsg: Message)
  {
    && slip in v.seen
    && to < 2
    && outMsg == Gift(c.id, to, slip, 1)
    && v' == v
  }

  ghost predicate SendClose(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps)
    requires step.CloseStep?
  {
    && msgOps.recv.None?
    && msgOps.send == Some(Close(c.id, step.why))
    && v.closed == Unset
    && v' == v.(closed := Set(step.why))
  }
}
