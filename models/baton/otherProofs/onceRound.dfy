include "../spec.dfy"

// For variants of the protocol in which the baton goes round once: each runner's epoch tells that it has had the baton,
// all before it have had it too, and none behind the one that holds it.
module SafetyProof {
  import opened Types
  import opened UtilitiesLibrary
  import opened DistributedSystem
  import opened Obligations

  ghost predicate Had(c: Constants, v: Variables, a: nat)
    requires v.WF(c) && a < |c.runners|
  {
    v.Last().runners[a].epoch == a + 1
  }

  ghost predicate Inv(c: Constants, v: Variables) {
    && v.WF(c)
    && (forall a: nat | a < |c.runners| :: Had(c, v, a) || v.Last().runners[a].epoch == 0)
    && Had(c, v, 0)
    && (forall a: nat, b: nat | a < b < |c.runners| && Had(c, v, b) :: Had(c, v, a))
    && (forall m | m in v.network.sentMsgs ::
          && m.src < |c.runners| && Had(c, v, m.src) && !v.Last().runners[m.src].holding
          && m.epoch == m.src + 2 && (m.dst == m.src + 1 || m.dst == 0))
    && (forall a: nat | a < |c.runners| && v.Last().runners[a].holding :: Had(c, v, a))
    && (forall a: nat, b: nat | a < b < |c.runners| && v.Last().runners[a].holding :: !Had(c, v, b))
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
    var a := step.actor;
    assert forall b: nat | b < |c.runners| && b != a :: v'.Last().runners[b] == v.Last().runners[b];
    assert forall b: nat | b < |c.runners| && b != a :: Had(c, v', b) == Had(c, v, b);
    if step.msgOps.recv.Some? {
      var m := step.msgOps.recv.value;
      assert Had(c, v, m.src) && !Had(c, v, a) && m.src + 1 == a;
      assert forall other | other in v.network.sentMsgs :: other.src != a;
      assert forall b: nat | a < b < |c.runners| :: !Had(c, v, b);
      assert forall b: nat | b < a :: Had(c, v, b);
    }
  }
}
