include "spec.dfy"
include "messageInvariantsAutogen.dfy"
include "monotonicityInvariantsAutogen.dfy"

module SafetyProof {
  import opened Types
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened DistributedSystem
  import NodeHost
  import opened MessageInvariants
  import opened MonotonicityInvariants
  import opened Obligations

  ghost predicate RegularInvs(c: Constants, v: Variables)
  {
    && MessageInv(c, v)
    && MonotonicityInv(c, v)
    && ValidVariables(c, v)
  }

  ghost predicate Inv(c: Constants, v: Variables)
  {
    && RegularInvs(c, v)
    && Safety(c, v)
  }

  lemma InvImpliesSafety(c: Constants, v: Variables)
    requires Inv(c, v)
    ensures v.WF(c) && Safety(c, v)
  {}

  lemma InitImpliesInv(c: Constants, v: Variables)
    requires Init(c, v)
    ensures Inv(c, v)
  {
    InitImpliesValidVariables(c, v);
    InitImpliesMessageInv(c, v);
    InitImpliesMonotonicityInv(c, v);
    RegularInvsImplySafety(c, v);
  }

  lemma InvInductive(c: Constants, v: Variables, v': Variables)
    requires Inv(c, v)
    requires Next(c, v, v')
    ensures Inv(c, v')
  {
    InvNextValidVariables(c, v, v');
    MessageInvInductive(c, v, v');
    MonotonicityInvInductive(c, v, v');
    RegularInvsImplySafety(c, v');
  }

  lemma RegularInvsImplySafety(c: Constants, v: Variables)
    requires RegularInvs(c, v)
    ensures Safety(c, v)
  {
    HoleSafety(c, v);
  }

  // Open: the causes named below do not yet imply Safety. Say what is missing inside the
  // innermost block, or add a lemma; 'prove run' then verifies this text instead of writing it anew.
  lemma HoleSafety(c: Constants, v: Variables)
    requires RegularInvs(c, v)
    ensures Safety(c, v)
  {
    reveal_ValidHistory();
    forall a: nat, b: nat | a < |c.nodes| && b < |c.nodes| && v.Last().nodes[a].leading && v.Last().nodes[b].leading && v.Last().nodes[a].vote.term == v.Last().nodes[b].vote.term
      ensures a == b
    {
      if 0 <= a < |c.nodes| && SendCampaignReceiveCampaignNextLeadStepWitnessCondition(c, v, |v.history| - 1, a, v.History(|v.history| - 1).nodes[a].leading)
      {
        var j1, step1, msgOps1 := SendCampaignReceiveCampaignNextLeadStepStepSkolemization(c, v, |v.history| - 1, a, v.History(|v.history| - 1).nodes[a].leading);
        assert v.Last().nodes[a].vote.SatisfiesMonotonic(v.History(j1 + 1).nodes[a].vote);
        if msgOps1.send.Some? && NodeHost.SendCampaign(c.nodes[a], v.History(j1).nodes[a], v.History(j1 + 1).nodes[a], msgOps1.send.value)
        {
        }
        assert v.Last().nodes[a].vote.SatisfiesMonotonic(v.History(j1 + 1).nodes[a].vote);
        if msgOps1.recv.Some? && NodeHost.ReceiveCampaign(c.nodes[a], v.History(j1).nodes[a], v.History(j1 + 1).nodes[a], msgOps1.recv.value)
        {
          var k2 := SendCampaignSkolemization(c, v, msgOps1.recv.value);
          assert v.Last().nodes[msgOps1.recv.value.Src()].vote.SatisfiesMonotonic(v.History(k2 + 1).nodes[msgOps1.recv.value.Src()].vote);
        }
        assert v.Last().nodes[a].vote.SatisfiesMonotonic(v.History(j1).nodes[a].vote);
        if 0 <= b < |c.nodes| && SendCampaignReceiveCampaignNextLeadStepWitnessCondition(c, v, |v.history| - 1, b, v.History(|v.history| - 1).nodes[b].leading)
        {
          var j3, step3, msgOps3 := SendCampaignReceiveCampaignNextLeadStepStepSkolemization(c, v, |v.history| - 1, b, v.History(|v.history| - 1).nodes[b].leading);
          assert v.Last().nodes[b].vote.SatisfiesMonotonic(v.History(j3 + 1).nodes[b].vote);
          if msgOps3.send.Some? && NodeHost.SendCampaign(c.nodes[b], v.History(j3).nodes[b], v.History(j3 + 1).nodes[b], msgOps3.send.value)
          {
          }
          assert v.Last().nodes[b].vote.SatisfiesMonotonic(v.History(j3 + 1).nodes[b].vote);
          if msgOps3.recv.Some? && NodeHost.ReceiveCampaign(c.nodes[b], v.History(j3).nodes[b], v.History(j3 + 1).nodes[b], msgOps3.recv.value)
          {
            var k4 := SendCampaignSkolemization(c, v, msgOps3.recv.value);
            assert v.Last().nodes[msgOps3.recv.value.Src()].vote.SatisfiesMonotonic(v.History(k4 + 1).nodes[msgOps3.recv.value.Src()].vote);
          }
          assert v.Last().nodes[b].vote.SatisfiesMonotonic(v.History(j3).nodes[b].vote);
        }
      }
    }
  }
}
