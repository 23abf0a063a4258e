include "../spec.dfy"

// For variants of the protocol in which a voter notes down the wrong choice: it still votes once a term, for what it notes
// is a choice, and nobody who stands for a term votes in it.
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

  ghost predicate HasVoted(c: Constants, v: Variables, voter: nat, term: nat)
    requires v.WF(c)
  {
    voter < |c.nodes| &&
    var vote := v.Last().nodes[voter].vote;
    term < vote.term || (term == vote.term && vote.choice.Some?)
  }

  ghost predicate VotesCount(c: Constants, v: Variables)
    requires v.WF(c)
  {
    && (forall m | m in v.network.sentMsgs :: Stands(c, v, m.candidate, m.term))
    && (forall m | m in v.network.sentMsgs && m.Vote? :: HasVoted(c, v, m.voter, m.term) && m.voter != m.candidate)
    && (forall m, o | m in v.network.sentMsgs && o in v.network.sentMsgs && m.Vote? && o.Vote?
          && m.voter == o.voter && m.term == o.term :: m.candidate == o.candidate)
  }

  ghost predicate Supported(c: Constants, v: Variables)
    requires v.WF(c)
  {
    && (forall a: nat, x | a < |c.nodes| && x in v.Last().nodes[a].supporters :: x < |c.nodes|
          && (x == a || Vote(x, v.Last().nodes[a].vote.term, a) in v.network.sentMsgs))
    && (forall a: nat | a < |c.nodes| && a in v.Last().nodes[a].supporters :: v.Last().nodes[a].vote.choice == Some(a))
    && (forall a: nat, m | a < |c.nodes| && a in v.Last().nodes[a].supporters && m in v.network.sentMsgs && m.Vote?
          && m.voter == a :: m.term != v.Last().nodes[a].vote.term)
    && (forall a: nat | a < |c.nodes| && v.Last().nodes[a].leading :: 2 * |v.Last().nodes[a].supporters| > |c.nodes|)
  }

  ghost predicate Inv(c: Constants, v: Variables) {
    && v.WF(c)
    && VotesCount(c, v)
    && Supported(c, v)
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
      var term := v.Last().nodes[a].vote.term;
      var x := QuorumIntersection(v.Last().nodes[a].supporters, v.Last().nodes[b].supporters, |c.nodes|);
      if a != b {
        assert x != a ==> Vote(x, term, a) in v.network.sentMsgs;
        assert x != b ==> Vote(x, term, b) in v.network.sentMsgs;
      }
    }
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
    assert forall b: nat | b < |c.nodes| && b != a :: v'.Last().nodes[b] == v.Last().nodes[b];
    if step.msgOps.recv.Some? {
      assert Stands(c, v, step.msgOps.recv.value.candidate, step.msgOps.recv.value.term);
    }
    forall m | m in v'.network.sentMsgs ensures Stands(c, v', m.candidate, m.term) {
      if m in v.network.sentMsgs {
        assert Stands(c, v, m.candidate, m.term);
      }
    }
    forall m | m in v'.network.sentMsgs && m.Vote? ensures HasVoted(c, v', m.voter, m.term) && m.voter != m.candidate {
      if m in v.network.sentMsgs {
        assert HasVoted(c, v, m.voter, m.term);
      }
    }
    if h.supporters <= h'.supporters {
      SubsetSize(h.supporters, h'.supporters);
    }
  }
}
