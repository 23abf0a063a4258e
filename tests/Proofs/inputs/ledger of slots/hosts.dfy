include "words.dfy"

// Proposes a value of its own for each slot in turn; its round is its index.
module WriterHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(round: nat, wish: Value)

  datatype Variables = Variables(next: Slot, sent: seq<Entry>) {
    ghost predicate WF(c: Constants) {
      next == |sent|
    }
  }
  ghost predicate GroupWFConstants(grp_c: seq<Constants>) {
    && 0 < |grp_c| && (forall i: nat | i < |grp_c| :: grp_c[i].round == i)
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
    v == Variables(0, [])
  }

  datatype Step = ProposeStep(slot: Slot) | StutterStep

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case ProposeStep(slot) => NextProposeStep(c, v, v', slot, msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }
  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextProposeStep(c: Constants, v: Variables, v': Variables, slot: Slot, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && slot == v.next < 2
    && SendPropose(c, v, v', msgOps.send.value)
  }

  ghost predicate SendPropose(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg == Propose(v.next, Entry(c.round, c.wish))
    && v' == v.(next := v.next + 1, sent := v.sent + [Entry(c.round, c.wish)])
  }
}

// Keeps the first entry of a slot.
module KeeperHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: KeeperId)

  datatype Variables = Variables(log: Log, answered: multiset<Slot>) {
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
    && v.log == Log(map[])
    && v.answered == multiset{}
  }

  datatype Step = KeepStep | StutterStep

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case KeepStep => NextKeepStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }
  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }
  ghost predicate NextKeepStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.Some?
    && ReceiveProposeSendKept(c, v, v', msgOps.recv.value, msgOps.send.value)
  }

  ghost predicate Fresh(v: Variables, inMsg: Message) {
    inMsg.Propose? && (inMsg.slot !in v.log.entries || v.log.entries[inMsg.slot] == inMsg.entry)
  }

  ghost predicate ReceiveProposeSendKept(
    c: Constants, v: Variables, v': Variables, inMsg: Message, outMsg: Message)
  {
    && Fresh(v, inMsg)
    && inMsg.slot !in v.answered
    && outMsg == Kept(c.id, inMsg.slot, inMsg.entry)
    && v' == v.(
      log := v.log.(entries := v.log.entries[inMsg.slot := inMsg.entry]),
      answered := v.answered + multiset{inMsg.slot})
  }
}

// Counts what is kept where; knows a slot when all keepers hold one entry for it.
module ReaderHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: nat, keepers: nat)

  datatype Variables = Variables(tally: MonotonicTally, known: map<Slot, Value>) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>, keepers: nat) {
    && 0 < |grp_c|
    && (forall i: nat | i < |grp_c| :: grp_c[i] == Constants(i, keepers))
  }

  ghost predicate GroupWF(grp_c: seq<Constants>, grp_v: seq<Variables>) {
    |grp_v| == |grp_c|
  }

  ghost predicate GroupInit(grp_c: seq<Constants>, grp_v: seq<Variables>)
    requires GroupWF(grp_c, grp_v)
  {
    forall i | 0 <= i < |grp_c| :: Init(grp_c[i], grp_v[i])
  }

  ghost predicate Init(c: Constants, v: Variables) {
    v == Variables(MonotonicTally(map[]), map[])
  }

  datatype Step = CountStep | KnowStep(slot: Slot, entry: Entry) | TellStep(slot: Slot) | StutterStep

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case CountStep => NextCountStep(c, v, v', msgOps)
      case KnowStep(slot, entry) => NextKnowStep(c, v, v', slot, entry, msgOps)
      case TellStep(_) => NextTellStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }
  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }
  ghost predicate NextCountStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveKept(c, v, v', msgOps.recv.value)
  }

  ghost function Votes(v: Variables, slot: Slot): map<Entry, set<KeeperId>> {
    if slot in v.tally.votes then v.tally.votes[slot] else map[]
  }

  ghost function For(v: Variables, slot: Slot, entry: Entry): set<KeeperId> {
    if entry in Votes(v, slot) then Votes(v, slot)[entry] else {}
  }

  ghost predicate ReceiveKept(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Kept?
    && var more := For(v, inMsg.slot, inMsg.entry) + {inMsg.keeper};
    && v' == v.(tally := MonotonicTally(v.tally.votes[inMsg.slot := Votes(v, inMsg.slot)[inMsg.entry := more]]))
  }

  ghost predicate NextKnowStep(
    c: Constants, v: Variables, v': Variables, slot: Slot, entry: Entry, msgOps: MessageOps)
  {
    && msgOps.recv.None?
    && msgOps.send.None?
    && slot in v.tally.votes
    && entry in v.tally.votes[slot]
    && |v.tally.votes[slot][entry]| == c.keepers
    && v' == v.(known := v.known[slot := entry.value])
  }
  ghost predicate NextTellStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendKnown(c, v, v', msgOps.send.value)
  }

  ghost predicate SendKnown(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg.Known?
    && outMsg.reader == c.id
    && outMsg.slot in v.known
    && outMsg.value == v.known[outMsg.slot]
    && v' == v
  }
}
