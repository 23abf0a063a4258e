include "types.dfy"

// A ring of runners that hand one baton on. Each hand-over carries a higher epoch, so that a late copy of an old
// hand-over is not taken for a new one.
module RunnerHost {
  import opened UtilitiesLibrary
  import opened Types

  datatype Constants = Constants(id: HostId, size: nat)

  datatype Variables = Variables(holding: bool, epoch: nat) {
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
    && v.holding == (c.id == 0)
    && v.epoch == (if c.id == 0 then 1 else 0)
  }

  datatype Step = PassStep() | TakeStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case PassStep => NextPassStep(c, v, v', msgOps)
      case TakeStep => NextTakeStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextPassStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendPass(c, v, v', msgOps.send.value)
  }

  ghost predicate SendPass(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && v.holding
    && outMsg == Pass(c.id, Successor(c), v.epoch + 1)
    && v' == v.(holding := false)
  }

  ghost predicate NextTakeStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceivePass(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceivePass(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Pass?
    && inMsg.dst == c.id
    && v.epoch <= inMsg.epoch
    && v' == v.(holding := true, epoch := inMsg.epoch)
  }

  ghost function Successor(c: Constants): HostId {
    if c.id + 1 < c.size then c.id + 1 else 0
  }

  // Who owns the baton, and which message is on its way with it.

  ghost predicate HostOwnsUniqueKey(c: Constants, v: Variables, k: UniqueKey) {
    v.holding
  }

  ghost predicate UniqueKeyInFlightForHost(c: Constants, v: Variables, k: UniqueKey, msg: Message) {
    && msg.Pass?
    && msg.dst == c.id
    && v.epoch < msg.epoch
  }
}
