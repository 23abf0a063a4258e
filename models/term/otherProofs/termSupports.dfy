include "../spec.dfy"

// For variants of the protocol in which the number of the term is counted where the voter should be: whoever stands has
// then two supporters at most, itself and its term's number, and the second only by the vote of another node. Two are
// more than half of three nodes, of which two candidates leave one who votes, and never of four.
module SafetyProof {
  import opened Types
  import opened UtilitiesLibrary
  import opened DistributedSystem
  import opened Obligations

  // Whoever is known to stand for a term, or to have voted in it, did, or has gone on to a later one.
  ghost predicate Stands(c: Constants, v: Variables, node: nat, term: nat, choice: NodeId)
    requires v.WF(c)
  {
    node < |c.nodes| &&
    var vote := v.Last().nodes[node].vote;
    term < vote.term || vote == MonotonicVote(term, Some(choice))
  }

  ghost predicate Told(c: Constants, v: Variables, m: Message)
    requires v.WF(c)
  {
    && Stands(c, v, m.candidate, m.term, m.candidate)
    && (m.Vote? ==> m.voter != m.candidate && Stands(c, v, m.voter, m.term, m.candidate))
  }

  ghost predicate VotesOnce(v: Variables) {
    forall m, n | m in v.network.sentMsgs && n in v.network.sentMsgs && m.Vote? && n.Vote?
      && m.voter == n.voter && m.term == n.term :: m.candidate == n.candidate
  }

  ghost predicate HasVote(v: Variables, candidate: nat, term: nat) {
    exists m :: m in v.network.sentMsgs && m.Vote? && m.candidate == candidate && m.term == term
  }

  ghost predicate Supported(c: Constants, v: Variables, a: nat)
    requires v.WF(c) && a < |c.nodes|
  {
    var h := v.Last().nodes[a];
    && h.supporters <= {a, h.vote.term}
    && (h.vote.choice != Some(a) ==> h.supporters == {})
    && (h.vote.term in h.supporters && h.vote.term != a ==> HasVote(v, a, h.vote.term))
    && (h.leading ==> h.vote.choice == Some(a) && 2 * |h.supporters| > |c.nodes|)
  }

  ghost predicate Inv(c: Constants, v: Variables) {
    && v.WF(c)
    && (forall m | m in v.network.sentMsgs :: Told(c, v, m))
    && VotesOnce(v)
    && (forall a: nat | a < |c.nodes| :: Supported(c, v, a))
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
      if a != b {
        var x := Voter(c, v, a);
        var y := Voter(c, v, b);
        assert x == y;
      }
    }
  }

  // The other node that voted for a leader, if there are any others: then there are two or three nodes.
  lemma Voter(c: Constants, v: Variables, a: nat) returns (x: nat)
    requires Inv(c, v)
    requires a < |c.nodes| && v.Last().nodes[a].leading && |c.nodes| > 1
    ensures |c.nodes| <= 3
    ensures x < |c.nodes| && x != a && Vote(x, v.Last().nodes[a].vote.term, a) in v.network.sentMsgs
    ensures Stands(c, v, x, v.Last().nodes[a].vote.term, a)
  {
    var h := v.Last().nodes[a];
    var t := h.vote.term;
    assert Supported(c, v, a);
    SubsetSize(h.supporters, {a, t});
    if t == a || t !in h.supporters {
      SubsetSize(h.supporters, {a});
    }
    assert |{a, t}| <= 2;
    var m :| m in v.network.sentMsgs && m.Vote? && m.candidate == a && m.term == t;
    assert Told(c, v, m);
    x := m.voter;
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
    assert forall b: nat | b < |c.nodes| && b != a :: v'.Last().nodes[b] == v.Last().nodes[b];
    assert forall b: nat | b < |c.nodes| :: Supported(c, v, b);
    if step.msgOps.recv.Some? {
      assert Told(c, v, step.msgOps.recv.value);
    }
    forall m | m in v'.network.sentMsgs ensures Told(c, v', m) {
      if m in v.network.sentMsgs {
        assert Told(c, v, m);
      }
    }
    forall m, n | m in v'.network.sentMsgs && n in v'.network.sentMsgs && m.Vote? && n.Vote?
      && m.voter == n.voter && m.term == n.term
      ensures m.candidate == n.candidate
    {
      if m in v.network.sentMsgs {
        assert Told(c, v, m);
      }
      if n in v.network.sentMsgs {
        assert Told(c, v, n);
      }
    }
    forall b: nat | b < |c.nodes| ensures Supported(c, v', b) {
      StaysSupported(c, v, v', step, b);
    }
  }

  lemma StaysSupported(c: Constants, v: Variables, v': Variables, step: Step, b: nat)
    requires Inv(c, v) && v'.WF(c) && b < |c.nodes|
    requires NextStep(c, v.Last(), v'.Last(), v.network, v'.network, step)
    ensures Supported(c, v', b)
  {
    var h := v.Last().nodes[b];
    var h' := v'.Last().nodes[b];
    var ops := step.msgOps;
    assert Supported(c, v, b);
    if HasVote(v, b, h.vote.term) {
      var m :| m in v.network.sentMsgs && m.Vote? && m.candidate == b && m.term == h.vote.term;
      assert m in v'.network.sentMsgs;
      assert HasVote(v', b, h.vote.term);
    }
    if step.actor == b {
      if ops.recv.Some? {
        assert Told(c, v, ops.recv.value);
        assert ops.recv.value in v'.network.sentMsgs;
        if ops.recv.value.Vote? && ops.recv.value.candidate == b && ops.recv.value.term == h.vote.term {
          assert HasVote(v', b, h.vote.term);
        }
      }
      if h.supporters <= h'.supporters {
        SubsetSize(h.supporters, h'.supporters);
      }
    }
  }
}
