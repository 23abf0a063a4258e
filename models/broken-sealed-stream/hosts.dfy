include "types.dfy"

// The control plane: every change is a compare-and-set on one register, so it is one host here.
// Nobody is asked whether a proposal is wise: safety must not rest on it.
module RegisterHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(nodes: nat, first: set<NodeId>)

  datatype Variables = Variables(term: MonotonicNat, members: set<NodeId>, active: set<set<NodeId>>) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>, nodes: nat) {
    && |grp_c| == 1
    && grp_c[0].nodes == nodes
    && grp_c[0].first != {}
    && (forall m | m in grp_c[0].first :: m < nodes)
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
    && v.members == c.first
    && v.active == {c.first}
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
    && outMsg.leader < c.nodes
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

// A node is member and, when appointed, leader. What it writes reaches its disk in order but later; a restart goes back
// to what is there. What it answers leaves once the promise behind it is on disk. It never resumes a term it led
// before a restart.
module NodeHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: NodeId, policy: Policy)

  datatype Variables = Variables(
    promised: nat,
    stream: seq<Entry>,
    // First what is surely on disk, then what each write on its way will make of it.
    disk: seq<Saved>,
    matched: nat,
    due: set<Message>,
    phase: Phase,
    config: set<NodeId>,
    active: set<set<NodeId>>,
    tails: map<NodeId, seq<Entry>>,
    target: seq<Entry>,
    acks: map<NodeId, nat>,
    // By the term that this node led: the prefix of the stream that it knows to be committed.
    decided: map<nat, seq<Entry>>
  ) {
    ghost predicate WF(c: Constants) {
      && 0 < |disk|
      && matched <= |stream|
    }
  }

  // Followers, and the stages of a leader of the promised term.
  datatype Phase = Following | Closing | Fetching | Leading

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
    v == Variables(0, [], [Saved(0, [])], 0, {}, Following, {}, {}, map[], [], map[], map[])
  }

  datatype Step =
    | CloseStep()
    | AnswerStep()
    | HearStep()
    | GatherStep()
    | ForgetStep(holder: NodeId)
    | ChooseStep(best: NodeId)
    | AdoptStep(length: nat)
    | InstallStep(length: nat)
    | ActivateStep()
    | LeadStep()
    | SealStep()
    | WriteStep()
    | ReplicateStep(prev: nat, length: nat)
    | StoreStep()
    | ReplaceStep()
    | SyncStep(count: nat)
    | AckStep()
    | SpeakStep()
    | CountStep()
    | CommitStep(length: nat)
    | OpenStep()
    | RestartStep(point: nat)
    | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case CloseStep => NextCloseStep(c, v, v', msgOps)
      case AnswerStep => NextAnswerStep(c, v, v', msgOps)
      case HearStep => NextHearStep(c, v, v', msgOps)
      case GatherStep => NextGatherStep(c, v, v', msgOps)
      case ForgetStep(holder) => NextForgetStep(c, v, v', holder, msgOps)
      case ChooseStep(best) => NextChooseStep(c, v, v', best, msgOps)
      case AdoptStep(length) => NextAdoptStep(c, v, v', length, msgOps)
      case InstallStep(length) => NextInstallStep(c, v, v', length, msgOps)
      case ActivateStep => NextActivateStep(c, v, v', msgOps)
      case LeadStep => NextLeadStep(c, v, v', msgOps)
      case SealStep => NextSealStep(c, v, v', msgOps)
      case WriteStep => NextWriteStep(c, v, v', msgOps)
      case ReplicateStep(prev, length) => NextReplicateStep(c, v, v', prev, length, msgOps)
      case StoreStep => NextStoreStep(c, v, v', msgOps)
      case ReplaceStep => NextReplaceStep(c, v, v', msgOps)
      case SyncStep(count) => NextSyncStep(c, v, v', count, msgOps)
      case AckStep => NextAckStep(c, v, v', msgOps)
      case SpeakStep => NextSpeakStep(c, v, v', msgOps)
      case CountStep => NextCountStep(c, v, v', msgOps)
      case CommitStep(length) => NextCommitStep(c, v, v', length, msgOps)
      case OpenStep => NextOpenStep(c, v, v', msgOps)
      case RestartStep(point) => NextRestartStep(c, v, v', point, msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextCloseStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveAppoint(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveAppoint(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Appoint?
    && inMsg.leader == c.id
    && v.promised < inMsg.term
    && v' == v.(
         promised := inMsg.term, disk := v.disk + [Saved(inMsg.term, v.stream)], matched := 0,
         due := v.due + {Close(c.id, inMsg.term)}, phase := Closing, config := inMsg.members,
         active := inMsg.active, tails := map[c.id := v.stream], target := [], acks := map[])
  }

  ghost predicate NextAnswerStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveClose(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveClose(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Close?
    && inMsg.closer != c.id
    && v.promised <= inMsg.term
    && var again := v.promised == inMsg.term;
    && v' == v.(
         promised := inMsg.term, disk := if again then v.disk else v.disk + [Saved(inMsg.term, v.stream)],
         matched := if again then v.matched else 0, due := v.due + {Tail(c.id, inMsg.term, v.stream)},
         phase := Following)
  }

  ghost predicate NextHearStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveLaterTerm(c, v, v', msgOps.recv.value)
  }

  // Whatever a leader says of a later term than the promised one is promised first.
  ghost predicate ReceiveLaterTerm(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Append?
    && v.promised < inMsg.term
    && v' == v.(
         promised := inMsg.term, disk := v.disk + [Saved(inMsg.term, v.stream)], matched := 0, phase := Following)
  }

  ghost predicate NextGatherStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveTail(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveTail(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Tail?
    && v.phase == Closing
    && inMsg.term == v.promised
    && v' == v.(tails := v.tails[inMsg.holder := inMsg.stream])
  }

  // A member that restarted since it answered may have lost what it listed: its answer is asked for again.
  ghost predicate NextForgetStep(c: Constants, v: Variables, v': Variables, holder: NodeId, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && (v.phase == Closing || v.phase == Fetching)
    && holder != c.id
    && v' == v.(phase := Closing, tails := (v.tails - {holder})[c.id := v.stream])
  }

  ghost predicate NextChooseStep(c: Constants, v: Variables, v': Variables, best: NodeId, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && v.phase == Closing
    && v.promised <= v.disk[0].promised
    && (forall members | members in v.active :: MeetsCommitQuorums(c.policy, members, v.tails.Keys))
    && best in v.tails
    && (forall other | other in v.tails :: AtLeast(v.tails[best], v.tails[other]))
    && v' == v.(target := v.tails[best], phase := Fetching)
  }

  // The chosen stream arrives in pieces. What a node has beyond the common part goes before the first new entry comes.
  ghost predicate NextAdoptStep(c: Constants, v: Variables, v': Variables, length: nat, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && v.phase == Fetching
    && length <= |v.target|
    && !(v.target[..length] <= v.stream)
    && v' == v.(
         stream := v.target[..length], disk := v.disk + Writes(v.promised, v.stream, v.target[..length]))
  }

  // The same where the beginning was trimmed: all that a node had is replaced by one write.
  ghost predicate NextInstallStep(c: Constants, v: Variables, v': Variables, length: nat, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && v.phase == Fetching
    && length <= |v.target|
    && !(v.target[..length] <= v.stream)
    && v' == v.(stream := v.target[..length], disk := v.disk + [Saved(v.promised, v.target[..length])])
  }

  ghost predicate NextActivateStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendActivate(c, v, v', msgOps.send.value)
  }

  ghost predicate SendActivate(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && v.phase == Fetching
    && v.target <= v.stream
    && outMsg == Activate(c.id, v.promised)
    && v' == v
  }

  ghost predicate NextLeadStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveActivated(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveActivated(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Activated?
    && v.phase == Fetching
    && inMsg.term == v.promised
    && v' == v.(active := v.active + {v.config})
  }

  // Nothing is appended before the configuration counts.
  ghost predicate NextSealStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && v.phase == Fetching
    && v.target <= v.stream
    && v.config in v.active
    && v' == v.(
         stream := v.stream + [Seal(v.promised)], disk := v.disk + [Saved(v.promised, v.stream + [Seal(v.promised)])],
         phase := Leading)
  }

  // The term is open once an entry of it is decided, and the first is its seal.
  ghost predicate NextWriteStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && v.phase == Leading
    && v.promised in v.decided
    && v' == v.(
         stream := v.stream + [Record(v.promised)],
         disk := v.disk + [Saved(v.promised, v.stream + [Record(v.promised)])])
  }

  ghost predicate NextReplicateStep(
    c: Constants, v: Variables, v': Variables, prev: nat, length: nat, msgOps: MessageOps
  ) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendAppend(c, v, v', prev, length, msgOps.send.value)
  }

  ghost predicate SendAppend(c: Constants, v: Variables, v': Variables, prev: nat, length: nat, outMsg: Message) {
    && v.phase == Leading
    && outMsg.Append?
    && outMsg.writer == c.id
    && outMsg.term == v.promised
    && outMsg.prev == prev
    && |outMsg.stream| == length
    && length <= |v.stream|
    && prev <= length
    && outMsg.stream == v.stream[..length]
    && v' == v
  }

  ghost predicate NextStoreStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveAppend(c, v, v', msgOps.recv.value)
  }

  // A member takes what follows an entry that it shares, and never gives up more than what is proven to differ.
  ghost predicate ReceiveAppend(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Append?
    && inMsg.writer != c.id
    && v.promised <= inMsg.term
    && var again := v.promised == inMsg.term;
    && var meets := Meets(v.stream, inMsg.stream, inMsg.prev);
    && var stream := if meets then Taken(v.stream, inMsg.stream) else v.stream;
    && var proven := if again then v.matched else 0;
    && var matched := if meets && proven < |inMsg.stream| then |inMsg.stream| else proven;
    && var disk := v.disk + (if again then [] else [Saved(inMsg.term, v.stream)])
                   + Writes(inMsg.term, v.stream, stream);
    && v' == v.(
         promised := inMsg.term, stream := stream, disk := disk, matched := matched,
         due := v.due + Owed(c, inMsg.term, stream, matched, disk), phase := if again then v.phase else Following)
  }

  ghost predicate NextReplaceStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveBase(c, v, v', msgOps.recv.value)
  }

  // A member behind the trimmed part is given the whole of it, by one write.
  ghost predicate ReceiveBase(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Append?
    && inMsg.writer != c.id
    && inMsg.prev == 0
    && v.promised <= inMsg.term
    && !(inMsg.stream <= v.stream)
    && var again := v.promised == inMsg.term;
    && var disk := v.disk + (if again then [] else [Saved(inMsg.term, v.stream)])
                   + [Saved(inMsg.term, inMsg.stream)];
    && v' == v.(
         promised := inMsg.term, stream := inMsg.stream, disk := disk, matched := |inMsg.stream|,
         due := v.due + Owed(c, inMsg.term, inMsg.stream, |inMsg.stream|, disk),
         phase := if again then v.phase else Following)
  }

  ghost predicate NextSyncStep(c: Constants, v: Variables, v': Variables, count: nat, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && 0 < count < |v.disk|
    && v' == v.(
         disk := v.disk[count..], due := v.due + Owed(c, v.promised, v.stream, v.matched, v.disk[count..]))
  }

  ghost predicate NextAckStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendAck(c, v, v', msgOps.send.value)
  }

  ghost predicate SendAck(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg.Ack?
    && outMsg.holder == c.id
    && outMsg.term == v.promised
    && v.promised <= v.disk[0].promised
    && IsProven(v, outMsg.length)
    && v' == v
  }

  ghost predicate NextSpeakStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendDue(c, v, v', msgOps.send.value)
  }

  // Answers wait for the promise that they rest on, whatever has happened since.
  ghost predicate SendDue(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && (outMsg.Close? || outMsg.Tail? || outMsg.Ack?)
    && outMsg.term <= v.disk[0].promised
    && (outMsg in v.due || (outMsg.Ack? && (exists m | m in v.due :: Covers(m, outMsg))))
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
    && inMsg.term == v.promised
    && (inMsg.holder in v.acks ==> v.acks[inMsg.holder] < inMsg.length)
    && v' == v.(acks := v.acks[inMsg.holder := inMsg.length])
  }

  ghost predicate NextCommitStep(c: Constants, v: Variables, v': Variables, length: nat, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && v.phase == Leading
    && 0 < length <= |v.stream|
    && v.stream[length - 1].term == v.promised
    && (v.promised in v.decided ==> |v.decided[v.promised]| < length)
    && CommitQuorum(c.policy, v.config, Holders(c, v, length))
    && v' == v.(decided := v.decided[v.promised := v.stream[..length]])
  }

  ghost predicate NextOpenStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendOpened(c, v, v', msgOps.send.value)
  }

  ghost predicate SendOpened(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && v.phase == Leading
    && v.promised in v.decided
    && outMsg == Opened(c.id, v.promised)
    && v' == v
  }

  // What was on its way to the disk may have got there in part: as far as any one write, and nothing after it.
  ghost predicate NextRestartStep(c: Constants, v: Variables, v': Variables, point: nat, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && point < |v.disk|
    && var found := v.disk[point];
    && v' == v.(
         promised := found.promised, stream := found.stream, disk := [found], matched := 0, due := {},
         phase := Following, config := {}, active := {}, tails := map[], target := [], acks := map[])
  }

  // The first entries are equal to those of the promised term's leader, and no restart takes them away.
  ghost predicate IsProven(v: Variables, length: nat) {
    && length <= v.matched
    && length <= |v.stream|
    && IsSynced(v, length)
  }

  ghost predicate IsSynced(v: Variables, length: nat) {
    && length <= |v.stream|
    && (forall s | s in v.disk :: v.stream[..length] <= v.stream)
  }

  // How much of the stream no restart takes away.
  ghost function SyncedLength(stream: seq<Entry>, disk: seq<Saved>): nat
    ensures SyncedLength(stream, disk) <= |stream|
  {
    if |disk| == 0 then |stream|
    else
      var rest := SyncedLength(stream, disk[1..]);
      var first := Common(stream, disk[0].stream);
      if first < rest then first else rest
  }

  // An acknowledgement that has to wait, for the promise is still on its way to the disk.
  ghost function Owed(c: Constants, promised: nat, stream: seq<Entry>, matched: nat, disk: seq<Saved>): set<Message>
    requires 0 < |disk|
  {
    if promised <= disk[0].promised || matched == 0 then {}
    else
      var synced := SyncedLength(stream, disk);
      {Ack(c.id, promised, if synced < matched then synced else matched)}
  }

  // To have less than it could say is true as well.
  ghost predicate Covers(owed: Message, said: Message) {
    && owed.Ack?
    && said.Ack?
    && owed.holder == said.holder
    && owed.term == said.term
    && said.length <= owed.length
  }

  // Who is known to hold the first entries durably. A leader counts itself as far as its own disk goes.
  ghost function Holders(c: Constants, v: Variables, length: nat): set<NodeId> {
    (set n | n in v.acks && length <= v.acks[n]) + (if IsSynced(v, length) then {c.id} else {})
  }
}
