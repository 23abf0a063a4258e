include "messages.dfy"

// Each tells its successor the highest rank it knows of; whoever is told its own rank leads.
module NodeHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: nat, rank: nat, size: nat)

  datatype Variables = Variables(heard: int) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>) {
    && 0 < |grp_c|
    && (forall i: nat | i < |grp_c| :: grp_c[i].id == i && grp_c[i].size == |grp_c|)
    && (forall i, j | 0 <= i < |grp_c| && 0 <= j < |grp_c| && i != j :: grp_c[i].rank != grp_c[j].rank)
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
    v.heard == -1
  }

  datatype Step = TellStep() | HearStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case TellStep => NextTellStep(c, v, v', msgOps)
      case HearStep => NextHearStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextTellStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendClaim(c, v, v', msgOps.send.value)
  }

  ghost predicate NextHearStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveClaim(c, v, v', msgOps.recv.value)
  }

  ghost predicate SendClaim(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg == Claim(if v.heard > c.rank then v.heard else c.rank, c.id)
    && v == v'
  }

  ghost predicate Before(c: Constants, other: nat) {
    if c.id == 0 then other + 1 == c.size else other + 1 == c.id
  }

  ghost predicate ReceiveClaim(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Claim?
    && Before(c, inMsg.from)
    && v' == if inMsg.rank > v.heard then v.(heard := inMsg.rank) else v
  }
}
