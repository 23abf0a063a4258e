include "messages.dfy"

// An epoch that only grows, and the friends gained in it; a later epoch loses them.
module NodeHost {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types

  datatype Constants = Constants(id: nat)

  datatype Variables = Variables(epoch: nat, friends: set<nat>) {
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
    && v.epoch == 0
    && v.friends == {}
  }

  datatype Step = BumpStep() | GrantStep() | GainStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case BumpStep => NextBumpStep(c, v, v', msgOps)
      case GrantStep => NextGrantStep(c, v, v', msgOps)
      case GainStep => NextGainStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextBumpStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendBump(c, v, v', msgOps.send.value)
  }

  ghost predicate NextGrantStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.Some?
    && ReceiveBumpSendGrant(c, v, v', msgOps.recv.value, msgOps.send.value)
  }

  ghost predicate NextGainStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveGrant(c, v, v', msgOps.recv.value)
  }

  ghost predicate SendBump(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && v.epoch < 3
    && outMsg == Bump(c.id, v.epoch + 1)
    && v' == v.(epoch := v.epoch + 1, friends := {})
  }

  ghost predicate ReceiveBumpSendGrant(c: Constants, v: Variables, v': Variables, inMsg: Message, outMsg: Message) {
    && inMsg.Bump?
    && v.epoch <= inMsg.epoch
    && outMsg == Grant(c.id, inMsg.epoch, inMsg.node)
    && v' == v.(epoch := inMsg.epoch, friends := {})
  }

  ghost predicate ReceiveGrant(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Grant?
    && inMsg.to == c.id
    && inMsg.epoch == v.epoch
    && v' == v.(friends := v.friends + {inMsg.node})
  }
}
