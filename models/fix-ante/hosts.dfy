include "types.dfy"

// Commits rows in which every living shard has its slot, and says of a failed shard how much of it is kept. The
// stream of its cuts is the order; who leads it is another model's matter.
module OrdererHost {
  import opened UtilitiesLibrary
  import opened Types

  datatype Constants = Constants(shards: nat)

  datatype Variables = Variables(
    rows: nat,
    reports: map<ShardId, nat>,
    closing: set<ShardId>,
    failed: map<ShardId, nat>
  ) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>, shards: nat) {
    && |grp_c| == 1
    && grp_c[0].shards == shards
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
    && v.rows == 0
    && v.reports == map[]
    && v.closing == {}
    && v.failed == map[]
  }

  datatype Step =
    | GatherStep()
    | CommitStep()
    | CutStep()
    | CloseStep()
    | FailStep()
    | AbandonStep(shard: ShardId)
    | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case GatherStep => NextGatherStep(c, v, v', msgOps)
      case CommitStep => NextCommitStep(c, v, v', msgOps)
      case CutStep => NextCutStep(c, v, v', msgOps)
      case CloseStep => NextCloseStep(c, v, v', msgOps)
      case FailStep => NextFailStep(c, v, v', msgOps)
      case AbandonStep(shard) => NextAbandonStep(c, v, v', shard, msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextGatherStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveReport(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveReport(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Report?
    && (inMsg.reporter in v.reports ==> v.reports[inMsg.reporter] < inMsg.length)
    && v' == v.(reports := v.reports[inMsg.reporter := inMsg.length])
  }

  ghost predicate NextCommitStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && (forall s: nat | s < c.shards && s !in v.failed :: s in v.reports && v.rows < v.reports[s])
    && v' == v.(rows := v.rows + 1)
  }

  ghost predicate NextCutStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendCut(c, v, v', msgOps.send.value)
  }

  ghost predicate SendCut(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg == Cut(v.rows, v.failed)
    && v' == v
  }

  ghost predicate NextCloseStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendClose(c, v, v', msgOps.send.value)
  }

  ghost predicate SendClose(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg.Close?
    && outMsg.shard < c.shards
    && v' == v.(closing := v.closing + {outMsg.shard})
  }

  ghost predicate NextFailStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveClosed(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveClosed(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Closed?
    && inMsg.closed in v.closing
    && inMsg.closed !in v.failed
    && v' == v.(failed := v.failed[inMsg.closed := inMsg.length])
  }

  ghost predicate NextAbandonStep(
    c: Constants, v: Variables, v': Variables, shard: ShardId, msgOps: MessageOps
  ) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && shard in v.closing
    && shard !in v.failed
    && v' == v.(failed := v.failed[shard := if shard in v.reports then v.reports[shard] else 0])
  }
}

// The primary of a sub-log with its copies as one host: it fills slots, reports how many are durable, and serves them
// before they are ordered. Once closed it fills no more.
module ShardHost {
  import opened UtilitiesLibrary
  import opened Types

  datatype Constants = Constants(id: ShardId)

  datatype Variables = Variables(slots: seq<Option<Content>>, closed: bool) {
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
    && v.slots == []
    && !v.closed
  }

  datatype Step =
    | AppendStep(content: Option<Content>)
    | ReportStep()
    | ServeStep(slot: nat)
    | CloseStep()
    | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case AppendStep(content) => NextAppendStep(c, v, v', content, msgOps)
      case ReportStep => NextReportStep(c, v, v', msgOps)
      case ServeStep(slot) => NextServeStep(c, v, v', slot, msgOps)
      case CloseStep => NextCloseStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextAppendStep(
    c: Constants, v: Variables, v': Variables, content: Option<Content>, msgOps: MessageOps
  ) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && !v.closed
    && v' == v.(slots := v.slots + [content])
  }

  ghost predicate NextReportStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendReport(c, v, v', msgOps.send.value)
  }

  ghost predicate SendReport(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg == Report(c.id, |v.slots|)
    && v' == v
  }

  ghost predicate NextServeStep(c: Constants, v: Variables, v': Variables, slot: nat, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendRow(c, v, v', slot, msgOps.send.value)
  }

  ghost predicate SendRow(c: Constants, v: Variables, v': Variables, slot: nat, outMsg: Message) {
    && slot < |v.slots|
    && outMsg == Row(c.id, slot, v.slots[slot])
    && v' == v
  }

  ghost predicate NextCloseStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.Some?
    && ReceiveCloseSendClosed(c, v, v', msgOps.recv.value, msgOps.send.value)
  }

  ghost predicate ReceiveCloseSendClosed(
    c: Constants, v: Variables, v': Variables, inMsg: Message, outMsg: Message
  ) {
    && inMsg.Close?
    && inMsg.shard == c.id
    && outMsg == Closed(c.id, |v.slots|)
    && v' == v.(closed := true)
  }
}

// Takes records at their final places before they are ordered, confirms them by cuts, and takes back those that a
// failed shard did not keep.
module ReaderHost {
  import opened UtilitiesLibrary
  import opened Types

  datatype Constants = Constants(id: ReaderId, shards: nat)

  datatype Variables = Variables(
    rows: nat,
    failed: map<ShardId, nat>,
    held: map<Place, Option<Content>>,
    revoked: set<Place>
  ) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>, shards: nat) {
    && 0 < |grp_c|
    && (forall i: nat | i < |grp_c| :: grp_c[i].id == i && grp_c[i].shards == shards)
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
    && v.rows == 0
    && v.failed == map[]
    && v.held == map[]
    && v.revoked == {}
  }

  datatype Step = TakeStep() | ConfirmStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case TakeStep => NextTakeStep(c, v, v', msgOps)
      case ConfirmStep => NextConfirmStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextTakeStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveRow(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveRow(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Row?
    && !Dead(v.failed, Place(inMsg.server, inMsg.slot))
    && v' == v.(held := v.held[Place(inMsg.server, inMsg.slot) := inMsg.content])
  }

  ghost predicate NextConfirmStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveCut(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveCut(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Cut?
    && v.rows <= inMsg.rows
    && (forall s | s in v.failed :: s in inMsg.failed)
    && v' == v.(
         rows := inMsg.rows,
         failed := inMsg.failed,
         held := map p | p in v.held && !Dead(inMsg.failed, p) :: v.held[p],
         revoked := v.revoked + set p | p in v.held && Dead(inMsg.failed, p))
  }
}
