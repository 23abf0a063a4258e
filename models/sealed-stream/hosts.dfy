include "types.dfy"

// The control plane: every change is a compare-and-set on one register, so it is one host here.
// Nobody is asked whether a proposal is wise: safety must not rest on it.
module RegisterHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(nodes: nat)

  datatype Variables = Variables(term: MonotonicNat, members: set<NodeId>, active: set<set<NodeId>>) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>, nodes: nat) {
    && |grp_c| == 1
    && grp_c[0].nodes == nodes
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
    && v.term == MonotonicNat(0)
    && v.members == {0}
    && v.active == {{0}}
  }

  datatype Step = ProposeStep() | ActivateStep() | OpenedStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case ProposeStep => NextProposeStep(c, v, v', msgOps)
      case ActivateStep => NextActivateStep(c, v, v', msgOps)
      case OpenedStep => NextOpenedStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextProposeStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendAppoint(c, v, v', msgOps.send.value)
  }

  ghost predicate SendAppoint(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg.Appoint?
    && outMsg.term == v.term.n + 1
    && outMsg.active == v.active
    && outMsg.members != {}
    && outMsg.leader in outMsg.members
    && (forall m | m in outMsg.members :: m < c.nodes)
    && v' == v.(term := MonotonicNat(v.term.n + 1), members := outMsg.members)
  }

  ghost predicate NextActivateStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.Some?
    && ReceiveActivateSendActivated(c, v, v', msgOps.recv.value, msgOps.send.value)
  }

  ghost predicate ReceiveActivateSendActivated(
    c: Constants, v: Variables, v': Variables, inMsg: Message, outMsg: Message
  ) {
    && inMsg.Activate?
    && inMsg.term == v.term.n
    && outMsg == Activated(inMsg.term)
    && v' == v.(active := v.active + {v.members})
  }

  ghost predicate NextOpenedStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveOpened(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveOpened(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Opened?
    && inMsg.term == v.term.n
    && v' == v.(active := {v.members})
  }
}

// A node is member and, when appointed, leader. Its promise and the synced part of its stream survive a restart;
// the rest does not. It never resumes a term it led before a restart.
module NodeHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: NodeId, policy: Policy)

  datatype Variables = Variables(
    promised: MonotonicNat,
    stream: seq<Entry>,
    synced: nat,
    matched: nat,
    phase: Phase,
    config: set<NodeId>,
    active: set<set<NodeId>>,
    tails: map<NodeId, seq<Entry>>,
    acks: map<NodeId, nat>,
    decided: set<seq<Entry>>
  ) {
    ghost predicate WF(c: Constants) {
      && synced <= |stream|
      && matched <= |stream|
    }
  }

  // Followers, and the stages of a leader of the promised term.
  datatype Phase = Following | Closing | Activating | Leading

  ghost predicate GroupWFConstants(grp_c: seq<Constants>) {
    && 0 < |grp_c|
    && (forall i: nat | i < |grp_c| :: grp_c[i].id == i && grp_c[i].policy == grp_c[0].policy)
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
    v == Variables(MonotonicNat(0), [], 0, 0, Following, {}, {}, map[], map[], {})
  }

  datatype Step =
    | CloseStep()
    | AnswerStep()
    | GatherStep()
    | ChooseStep(best: NodeId)
    | LeadStep()
    | WriteStep()
    | ReplicateStep(length: nat)
    | StoreStep()
    | SyncStep()
    | AckStep()
    | CountStep()
    | CommitStep(length: nat)
    | OpenStep()
    | RestartStep()
    | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case CloseStep => NextCloseStep(c, v, v', msgOps)
      case AnswerStep => NextAnswerStep(c, v, v', msgOps)
      case GatherStep => NextGatherStep(c, v, v', msgOps)
      case ChooseStep(best) => NextChooseStep(c, v, v', best, msgOps)
      case LeadStep => NextLeadStep(c, v, v', msgOps)
      case WriteStep => NextWriteStep(c, v, v', msgOps)
      case ReplicateStep(length) => NextReplicateStep(c, v, v', length, msgOps)
      case StoreStep => NextStoreStep(c, v, v', msgOps)
      case SyncStep => NextSyncStep(c, v, v', msgOps)
      case AckStep => NextAckStep(c, v, v', msgOps)
      case CountStep => NextCountStep(c, v, v', msgOps)
      case CommitStep(length) => NextCommitStep(c, v, v', length, msgOps)
      case OpenStep => NextOpenStep(c, v, v', msgOps)
      case RestartStep => NextRestartStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextCloseStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.Some?
    && ReceiveAppointSendClose(c, v, v', msgOps.recv.value, msgOps.send.value)
  }

  ghost predicate ReceiveAppointSendClose(
    c: Constants, v: Variables, v': Variables, inMsg: Message, outMsg: Message
  ) {
    && inMsg.Appoint?
    && inMsg.leader == c.id
    && v.promised.n < inMsg.term
    && outMsg == Close(c.id, inMsg.term)
    && v' == v.(
         promised := MonotonicNat(inMsg.term), matched := 0, phase := Closing, config := inMsg.members,
         active := inMsg.active, tails := map[c.id := v.stream], acks := map[])
  }

  ghost predicate NextAnswerStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.Some?
    && ReceiveCloseSendTail(c, v, v', msgOps.recv.value, msgOps.send.value)
  }

  ghost predicate ReceiveCloseSendTail(
    c: Constants, v: Variables, v': Variables, inMsg: Message, outMsg: Message
  ) {
    && inMsg.Close?
    && v.promised.n < inMsg.term
    && outMsg == Tail(c.id, inMsg.term, v.stream)
    && v' == v.(promised := MonotonicNat(inMsg.term), matched := 0, phase := Following)
  }

  ghost predicate NextGatherStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveTail(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveTail(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Tail?
    && v.phase == Closing
    && inMsg.term == v.promised.n
    && v' == v.(tails := v.tails[inMsg.holder := inMsg.stream])
  }

  ghost predicate NextChooseStep(c: Constants, v: Variables, v': Variables, best: NodeId, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendActivate(c, v, v', best, msgOps.send.value)
  }

  ghost predicate SendActivate(c: Constants, v: Variables, v': Variables, best: NodeId, outMsg: Message) {
    && v.phase == Closing
    && (forall members | members in v.active :: MeetsCommitQuorums(c.policy, members, v.tails.Keys))
    && best in v.tails
    && (forall other | other in v.tails :: AtLeast(v.tails[best], v.tails[other]))
    && outMsg == Activate(c.id, v.promised.n)
    && v' == v.(
         stream := v.tails[best] + [Seal(v.promised.n)], synced := Kept(v, v.tails[best]), phase := Activating)
  }

  ghost predicate NextLeadStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveActivated(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveActivated(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Activated?
    && v.phase == Activating
    && inMsg.term == v.promised.n
    && v' == v.(phase := Leading)
  }

  ghost predicate NextWriteStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && v.phase == Leading
    && IsOpen(v)
    && v' == v.(stream := v.stream + [Record(v.promised.n)])
  }

  ghost predicate NextReplicateStep(
    c: Constants, v: Variables, v': Variables, length: nat, msgOps: MessageOps
  ) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendAppend(c, v, v', length, msgOps.send.value)
  }

  ghost predicate SendAppend(c: Constants, v: Variables, v': Variables, length: nat, outMsg: Message) {
    && v.phase == Leading
    && 0 < length <= |v.stream|
    && outMsg == Append(c.id, v.promised.n, v.stream[..length])
    && v' == v
  }

  ghost predicate NextStoreStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveAppend(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveAppend(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Append?
    && inMsg.writer != c.id
    && v.promised.n <= inMsg.term
    && var sameTerm := v.promised.n == inMsg.term;
    && v' == v.(
         promised := MonotonicNat(inMsg.term),
         stream := if inMsg.stream <= v.stream then v.stream else inMsg.stream,
         synced := if inMsg.stream <= v.stream then v.synced else Kept(v, inMsg.stream),
         matched := if sameTerm && |inMsg.stream| < v.matched then v.matched else |inMsg.stream|,
         phase := if sameTerm then v.phase else Following)
  }

  ghost predicate NextSyncStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && v.synced < |v.stream|
    && v' == v.(synced := |v.stream|)
  }

  ghost predicate NextAckStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendAck(c, v, v', msgOps.send.value)
  }

  ghost predicate SendAck(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && 0 < v.matched <= v.synced
    && v.phase == Following
    && outMsg == Ack(c.id, v.promised.n, v.matched)
    && v' == v
  }

  ghost predicate NextCountStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveAck(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveAck(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Ack?
    && v.phase == Leading
    && inMsg.term == v.promised.n
    && v' == v.(acks := v.acks[inMsg.holder := inMsg.length])
  }

  ghost predicate NextCommitStep(c: Constants, v: Variables, v': Variables, length: nat, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && v.phase == Leading
    && 0 < length <= |v.stream|
    && v.stream[..length] !in v.decided
    && v.stream[length - 1].term == v.promised.n
    && CommitQuorum(c.policy, v.config, Holders(c, v, length))
    && v' == v.(decided := v.decided + {v.stream[..length]})
  }

  ghost predicate NextOpenStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendOpened(c, v, v', msgOps.send.value)
  }

  ghost predicate SendOpened(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && v.phase == Leading
    && IsOpen(v)
    && outMsg == Opened(c.id, v.promised.n)
    && v' == v
  }

  ghost predicate NextRestartStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && v.synced <= |v.stream|
    && v' == v.(
         stream := v.stream[..v.synced], matched := 0, phase := Following, config := {}, active := {},
         tails := map[], acks := map[])
  }

  // The term's own seal is decided: from then on records are taken.
  ghost predicate IsOpen(v: Variables) {
    exists d | d in v.decided :: Seal(v.promised.n) in d
  }

  // How much of the synced part stays when the stream is replaced: what both have in common.
  ghost function Kept(v: Variables, stream: seq<Entry>): nat {
    if Common(v.stream, stream) < v.synced then Common(v.stream, stream) else v.synced
  }

  // Who is known to hold the first entries durably. A leader counts itself up to its own synced part.
  ghost function Holders(c: Constants, v: Variables, length: nat): set<NodeId> {
    (set n | n in v.acks && length <= v.acks[n]) + (if length <= v.synced then {c.id} else {})
  }
}
