include "kinds/a b/messages.dfy"

// Keeps the very messages it has answered.
module ShopHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: nat)

  datatype Variables = Variables(book: MonotonicSet<Message>, count: nat) {
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
    v == Variables(MonotonicSet({}), 0)
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
    && ReceiveOrderSendReceipt(c, v, v', msgOps.recv.value, msgOps.send.value)
  }

  ghost predicate ReceiveOrderSendReceipt(c: Constants, v: Variables, v': Variables, inMsg: Message, outMsg: Message) {
    && inMsg.Order?
    && inMsg !in v.book.s
    && outMsg == Receipt(c.id, inMsg.clerk, (inMsg.line, v.count))
    && v' == v.(book := MonotonicSet(v.book.s + {inMsg}), count := v.count + 1)
  }
}

// Orders what it wants and files what comes back.
module ClerkHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: nat)

  datatype Variables = Variables(ordered: set<Line>, filed: set<(Line, nat)>) {
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
    v.ordered == {} && v.filed == {}
  }

  datatype Step = OrderStep() | FileStep() | ForgetStep(line: Line) | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case OrderStep => NextOrderStep(c, v, v', msgOps)
      case FileStep => NextFileStep(c, v, v', msgOps)
      case ForgetStep(line) => NextForgetStep(c, v, v', line, msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextOrderStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendOrder(c, v, v', msgOps.send.value)
  }

  ghost predicate NextFileStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveReceipt(c, v, v', msgOps.recv.value)
  }

  ghost predicate SendOrder(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg.Order?
    && outMsg.clerk == c.id
    && outMsg.line.pair == (c.id, outMsg.line.item)
    && v' == v.(ordered := v.ordered + {outMsg.line})
  }

  ghost predicate ReceiveReceipt(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Receipt?
    && inMsg.clerk == c.id
    && v' == v.(filed := v.filed + {inMsg.proof})
  }

  ghost predicate NextForgetStep(c: Constants, v: Variables, v': Variables, line: Line, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && line in v.ordered
    && v' == v.(ordered := v.ordered - {line})
  }
}
