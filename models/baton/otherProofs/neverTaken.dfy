include "../spec.dfy"

// For variants of the protocol in which the first runner's message is taken by nobody: it alone ever holds the baton.
module SafetyProof {
  import opened Types
  import opened UtilitiesLibrary
  import opened DistributedSystem
  import opened Obligations

  ghost predicate Inv(c: Constants, v: Variables) {
    && v.WF(c)
    && (forall m | m in v.network.sentMsgs :: m.src == 0)
    && (forall a: nat | a < |c.runners| && v.Last().runners[a].holding :: a == 0)
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
    assert forall b: nat | b < |c.runners| && b != step.actor :: v'.Last().runners[b] == v.Last().runners[b];
  }
}
