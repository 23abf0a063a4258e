include "../spec.dfy"

// For variants of the protocol in which nobody who stands for a term leads it: no other node is ever voted for in its own
// term, so nobody has supporters, and nobody leads.
module SafetyProof {
  import opened Types
  import opened UtilitiesLibrary
  import opened DistributedSystem
  import opened Obligations

  // Whoever is known to stand for a term does, or has gone on to a later one.
  ghost predicate Stands(c: Constants, v: Variables, candidate: nat, term: nat)
    requires v.WF(c)
  {
    candidate < |c.nodes| &&
    var vote := v.Last().nodes[candidate].vote;
    term < vote.term || vote == MonotonicVote(term, Some(candidate))
  }

  ghost predicate Inv(c: Constants, v: Variables) {
    && v.WF(c)
    && (forall m | m in v.network.sentMsgs :: Stands(c, v, m.candidate, m.term))
    && (forall a: nat | a < |c.nodes| && v.Last().nodes[a].vote.choice != Some(a) :: v.Last().nodes[a].supporters == {})
    && (forall a: nat | a < |c.nodes| :: !v.Last().nodes[a].leading)
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
    assert forall b: nat | b < |c.nodes| && b != a :: v'.Last().nodes[b] == v.Last().nodes[b];
    forall m | m in v'.network.sentMsgs ensures Stands(c, v', m.candidate, m.term) {
      if m in v.network.sentMsgs {
        assert Stands(c, v, m.candidate, m.term);
      } else if step.msgOps.recv.Some? {
        assert Stands(c, v, step.msgOps.recv.value.candidate, step.msgOps.recv.value.term);
      }
    }
    if step.msgOps.recv.Some? {
      assert Stands(c, v, step.msgOps.recv.value.candidate, step.msgOps.recv.value.term);
    }
  }
}
