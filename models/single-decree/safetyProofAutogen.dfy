include "spec.dfy"
include "messageInvariantsAutogen.dfy"
include "monotonicityInvariantsAutogen.dfy"

module SafetyProof {
  import opened Types
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened DistributedSystem
  import ProposerHost
  import AcceptorHost
  import LearnerHost
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
    forall a: nat, b: nat | a < |c.learners| && b < |c.learners| && v.Last().learners[a].learned.Some? && v.Last().learners[b].learned.Some?
      ensures v.Last().learners[a].learned == v.Last().learners[b].learned
    {
      if 0 <= a < |c.learners| && NextLearnStepWitnessCondition(c, v, |v.history| - 1, a, v.History(|v.history| - 1).learners[a].learned)
      {
        var j1, step1, msgOps1 := NextLearnStepStepSkolemization(c, v, |v.history| - 1, a, v.History(|v.history| - 1).learners[a].learned);
        if 0 <= b < |c.learners| && NextLearnStepWitnessCondition(c, v, |v.history| - 1, b, v.History(|v.history| - 1).learners[b].learned)
        {
          var j2, step2, msgOps2 := NextLearnStepStepSkolemization(c, v, |v.history| - 1, b, v.History(|v.history| - 1).learners[b].learned);
        }
      }
    }
  }
}
