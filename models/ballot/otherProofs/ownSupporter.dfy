include "../spec.dfy"

// For variants of the protocol in which a candidate only ever counts itself: that is a majority of one voter alone, and
// this one voted for it.
module SafetyProof {
  import opened Types
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened DistributedSystem
  import opened Obligations

  ghost predicate Inv(c: Constants, v: Variables) {
    && v.WF(c)
    && (forall m | m in v.network.sentMsgs && m.Vote? ::
          m.voter < |c.voters| && v.Last().voters[m.voter].choice == WOSome(m.candidate))
    && (forall a: nat | a < |c.candidates| :: v.Last().candidates[a].supporters <= {a})
    && (forall a: nat | a < |c.candidates| && a in v.Last().candidates[a].supporters && |c.voters| == 1 ::
          v.Last().voters[0].choice == WOSome(a))
    && (forall a: nat | a < |c.candidates| && v.Last().candidates[a].elected ::
          |c.voters| == 1 && a in v.Last().candidates[a].supporters)
  }

  lemma InvImpliesSafety(c: Constants, v: Variables)
    requires Inv(c, v)
    ensures Safety(c, v)
  {
  }

  lemma InitImpliesInv(c: Constants, v: Variables)
    requires Init(c, v)
    ensures Inv(c, v)
  {
  }

  lemma InvInductive(c: Constants, v: Variables, v': Variables)
    requires Inv(c, v)
    requires Next(c, v, v')
    ensures Inv(c, v')
  {
    var step :| NextStep(c, v.Last(), v'.Last(), v.network, v'.network, step);
    if step.CandidateStep? {
      var a := step.actor;
      var h := v.Last().candidates[a];
      if 2 * |h.supporters| > |c.voters| {
        assert a in h.supporters && h.supporters == {a};
      }
      assert forall b: nat | b < |c.candidates| && b != a :: v'.Last().candidates[b] == v.Last().candidates[b];
    } else {
      assert forall x: nat | x < |c.voters| && x != step.actor :: v'.Last().voters[x] == v.Last().voters[x];
    }
  }
}
