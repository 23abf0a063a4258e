include "spec.dfy"
include "messageInvariantsAutogen.dfy"

module EpochProof {
  import opened Types
  import opened UtilitiesLibrary
  import opened DistributedSystem
  import opened MessageInvariants
  import opened Obligations

  ghost predicate RegularInvs(c: Constants, v: Variables) {
    && MessageInv(c, v)
    && ValidVariables(c, v)
  }

  ghost predicate Inv(c: Constants, v: Variables) {
    && RegularInvs(c, v)
    && Safety(c, v)
  }

  lemma InitImpliesInv(c: Constants, v: Variables)
    requires Init(c, v)
    ensures Inv(c, v)
  {
    InitImpliesMessageInv(c, v);
    RegularInvsImplySafety(c, v);
  }

  lemma InvInductive(c: Constants, v: Variables, v': Variables)
    requires Inv(c, v)
    requires Next(c, v, v')
    ensures Inv(c, v')
  {
    MessageInvInductive(c, v, v');
    RegularInvsImplySafety(c, v');
  }

  lemma RegularInvsImplySafety(c: Constants, v: Variables)
    requires RegularInvs(c, v)
    ensures Safety(c, v)
  {
    reveal_ValidHistory();
    forall i: nat, x: nat | i < |c.node| && x in v.Last().node[i].friends
      ensures Grant(x, v.Last().node[i].epoch, i) in v.network.sentMsgs
    {
      var last := |v.history| - 1;
      var j, step, msgOps := Custom1SendBumpReceiveBumpSendGrantReceiveGrantStepSkolemization(
        c, v, last, i, v.History(last).node[i].epoch, x);
    }
  }
}
