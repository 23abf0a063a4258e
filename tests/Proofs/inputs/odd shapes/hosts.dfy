include "words.dfy"

// A ring of stations: the token is taken and passed on in one step; a vote follows by itself.
module StationHost {
  import opened UtilitiesLibrary
  import opened Types

  datatype Constants = Constants(id: StationId, size: nat)

  datatype Inner = Inner(rounds: set<Round>, cargo: Option<Cargo>)

  datatype Variables = Variables(inner: Inner, voted: bool) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>) {
    && 0 < |grp_c|
    && (forall i: nat | i < |grp_c| :: grp_c[i].id == i && grp_c[i].size == |grp_c|)
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
    v == Variables(Inner({}, None), false)
  }

  datatype Step = StartStep(load: Cargo) | PassStep() | VoteStep() | RestStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case StartStep(load) => NextStartStep(c, v, v', load, msgOps)
      case PassStep => NextPassStep(c, v, v', msgOps)
      case VoteStep => NextVoteStep(c, v, v', msgOps)
      case RestStep => msgOps.recv == msgOps.send == None && v.voted && v' == v.(voted := false)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextStartStep(c: Constants, v: Variables, v': Variables, load: Cargo, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && v.inner.cargo.None?
    && v' == v.(inner := v.inner.(cargo := Some(load)))
  }

  ghost predicate NextPassStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.Some?
    && ReceiveTokenSendToken(c, v, v', msgOps.recv.value, msgOps.send.value)
  }

  // The guard stands in a helper.
  ghost predicate ForMe(c: Constants, inMsg: Message) {
    inMsg.Token? && (inMsg.from + 1 == c.id || (c.id == 0 && inMsg.from + 1 == c.size))
  }

  ghost predicate ReceiveTokenSendToken(c: Constants, v: Variables, v': Variables, inMsg: Message, outMsg: Message) {
    && ForMe(c, inMsg)
    && outMsg == Token(c.id, inMsg.round, v.inner.cargo)
    && v' == v.(inner := v.inner.(rounds := v.inner.rounds + {inMsg.round}))
  }

  ghost predicate NextVoteStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendVote(c, v, v', msgOps.send.value)
  }

  ghost predicate SendVote(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg.Vote?
    && outMsg.voter == c.id
    && outMsg.round in v.inner.rounds
    && v' == v.(voted := true)
  }
}

// Counts votes round by round and says when a quorum has come together; keeps a sequence of what it said.
module TellerHost {
  import opened UtilitiesLibrary
  import opened Types

  datatype Constants = Constants(id: nat, quorums: set<set<StationId>>)

  datatype Variables = Variables(log: MonotonicLog, said: seq<Round>, latest: Option<Round>) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>, stations: nat) {
    && |grp_c| == 1
    && grp_c[0].id == 0
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
    v == Variables(MonotonicLog(map[], 0), [], None)
  }

  datatype Step = CountStep() | TellStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case CountStep => NextCountStep(c, v, v', msgOps)
      case TellStep => NextTellStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextCountStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveVote(c, v, v', msgOps.recv.value)
  }

  ghost function With(log: MonotonicLog, r: Round, s: StationId): MonotonicLog {
    var sofar := if r in log.seen then log.seen[r] else {};
    MonotonicLog(log.seen[r := sofar + {s}], if log.top < r then r else log.top)
  }

  ghost predicate ReceiveVote(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Vote?
    && v' == v.(log := With(v.log, inMsg.round, inMsg.voter))
  }

  ghost predicate NextTellStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendTally(c, v, v', msgOps.send.value)
  }

  ghost predicate SendTally(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg.Tally?
    && outMsg.teller == c.id
    && outMsg.round in v.log.seen
    && (exists q :: q in c.quorums && q <= v.log.seen[outMsg.round])
    && v' == v.(said := v.said + [outMsg.round], latest := Some(outMsg.round))
  }
}
