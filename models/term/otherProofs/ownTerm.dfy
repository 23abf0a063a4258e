include "../spec.dfy"

// For variants of the protocol in which a node is given votes only in the term that bears its own number: whoever has a
// supporter besides itself then stands in that term, and no other term has a leader unless there is one node.
module SafetyProof {
  import opened Types
  import opened UtilitiesLibrary
  import opened DistributedSystem
  import opened Obligations

  ghost predicate Alone(c: Constants, v: Variables, a: nat)
    requires v.WF(c) && a < |c.nodes|
  {
    v.Last().nodes[a].supporters <= {a}
  }

  ghost predicate Inv(c: Constants, v: Variables) {
    && v.WF(c)
    && (forall a: nat | a < |c.nodes| :: Alone(c, v, a) || v.Last().nodes[a].vote.term == a)
    && (forall a: nat | a < |c.nodes| && v.Last().nodes[a].leading :: 2 * |v.Last().nodes[a].supporters| > |c.nodes|)
  }

  lemma InvImpliesSafety(c: Constants, v: Variables)
    requires Inv(c, v)
    ensures Safety(c, v)
  {
    forall a: nat, b: nat
      | a < |c.nodes| && b < |c.nodes| && v.Last().nodes[a].leading && v.Last().nodes[b].leading
        && v.Last().nodes[a].vote.term == v.Last().nodes[b].vote.term
      ensures a == b
    {
      if Alone(c, v, a) {
        LonelyLeader(c, v, a);
      } else if Alone(c, v, b) {
        LonelyLeader(c, v, b);
      }
    }
  }

  lemma LonelyLeader(c: Constants, v: Variables, a: nat)
    requires Inv(c, v)
    requires a < |c.nodes| && v.Last().nodes[a].leading && Alone(c, v, a)
    ensures |c.nodes| == 1
  {
    SubsetSize(v.Last().nodes[a].supporters, {a});
  }

  lemma SubsetSize(a: set<nat>, b: set<nat>)
    requires a <= b
    ensures |a| <= |b|
  {
    assert b == a + (b - a);
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
    var h := v.Last().nodes[a];
    var h' := v'.Last().nodes[a];
    if h'.leading && h.leading && h.supporters <= h'.supporters {
      SubsetSize(h.supporters, h'.supporters);
    }
  }
}
