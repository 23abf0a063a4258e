include "../spec.dfy"

// For variants of the protocol in which a proposer counts one promise at most: it never has more than half of two acceptors
// or more, so nobody proposes. One acceptor alone accepts the same value again and again, whoever tells of it.
module SafetyProof {
  import opened Types
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened DistributedSystem
  import opened Obligations

  ghost predicate Silent(c: Constants, v: Variables)
    requires v.WF(c)
  {
    && (forall m | m in v.network.sentMsgs :: m.Prepare? || (m.Promise? && m.accepted == None))
    && (forall p: nat | p < |c.proposers| :: v.Last().proposers[p].promises.s <= {p})
    && (forall x: nat | x < |c.acceptors| :: v.Last().acceptors[x].accepted == Nothing)
    && (forall l: nat | l < |c.learners| :: v.Last().learners[l].accepts == map[] && v.Last().learners[l].learned == None)
  }

  ghost predicate Has(c: Constants, v: Variables, p: nat)
    requires v.WF(c) && p < |c.proposers|
  {
    v.Last().proposers[p].promises.s != {}
  }

  // What may still be accepted agrees with what has been.
  ghost predicate Fits(a: AcceptorHost.Variables, ballot: nat, value: Value) {
    a.accepted.Accepted? ==> (a.promised.MNSome? && ballot < a.promised.value) || value == a.accepted.proposal.value
  }

  ghost predicate Agrees(a: AcceptorHost.Variables, l: LearnerHost.Variables) {
    && (forall told | told in l.accepts :: a.accepted.Accepted? && told.value == a.accepted.proposal.value)
    && (l.learned.Some? ==> a.accepted.Accepted? && l.learned.value == a.accepted.proposal.value)
  }

  ghost predicate Told(c: Constants, v: Variables)
    requires v.WF(c) && |c.acceptors| == 1
  {
    var a := v.Last().acceptors[0];
    && (forall m | m in v.network.sentMsgs && m.Promise? ::
          && m.acceptor == 0 && a.promised.MNSome? && m.ballot <= a.promised.value
          && (m.accepted == None && a.accepted.Accepted? ==> m.ballot <= a.accepted.proposal.ballot)
          && (m.accepted.Some? ==> a.accepted.Accepted? && m.accepted.value.value == a.accepted.proposal.value))
    && (forall m | m in v.network.sentMsgs && m.Propose? ::
          m.ballot < |c.proposers| && Has(c, v, m.ballot) && v.Last().proposers[m.ballot].value == m.value)
    && (forall m | m in v.network.sentMsgs && m.Accept? ::
          a.accepted.Accepted? && m.proposal.value == a.accepted.proposal.value)
  }

  ghost predicate Single(c: Constants, v: Variables)
    requires v.WF(c) && |c.acceptors| == 1
  {
    var a := v.Last().acceptors[0];
    && Told(c, v)
    && (a.accepted.Accepted? ==>
          var ballot := a.accepted.proposal.ballot;
          ballot < |c.proposers| && Has(c, v, ballot) && a.promised.MNSome? && ballot <= a.promised.value)
    && (forall p: nat | p < |c.proposers| && !Has(c, v, p) :: v.Last().proposers[p].highest == MNNone)
    && (forall p: nat | p < |c.proposers| && Has(c, v, p) ::
          a.promised.MNSome? && p <= a.promised.value && Fits(a, p, v.Last().proposers[p].value))
    && (forall l: nat | l < |c.learners| :: Agrees(a, v.Last().learners[l]))
  }

  ghost predicate Inv(c: Constants, v: Variables) {
    && v.WF(c)
    && 0 < |c.acceptors|
    && (if |c.acceptors| == 1 then Single(c, v) else Silent(c, v))
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
    if |c.acceptors| == 1 {
      SingleStays(c, v, v', step);
    } else {
      SilentStays(c, v, v', step);
    }
  }

  lemma SilentStays(c: Constants, v: Variables, v': Variables, step: Step)
    requires v.WF(c) && v'.WF(c) && |c.acceptors| > 1 && Silent(c, v)
    requires NextStep(c, v.Last(), v'.Last(), v.network, v'.network, step)
    ensures Silent(c, v')
  {
    if step.ProposerStep? {
      var p := step.actor;
      var s := v.Last().proposers[p].promises.s;
      if p in s {
        assert s == {p};
      } else {
        assert s == {};
      }
      assert forall q: nat | q < |c.proposers| && q != p :: v'.Last().proposers[q] == v.Last().proposers[q];
    } else if step.AcceptorStep? {
      assert forall x: nat | x < |c.acceptors| && x != step.actor :: v'.Last().acceptors[x] == v.Last().acceptors[x];
    } else {
      assert forall l: nat | l < |c.learners| && l != step.actor :: v'.Last().learners[l] == v.Last().learners[l];
    }
  }

  lemma SingleStays(c: Constants, v: Variables, v': Variables, step: Step)
    requires v.WF(c) && v'.WF(c) && |c.acceptors| == 1 && Single(c, v)
    requires NextStep(c, v.Last(), v'.Last(), v.network, v'.network, step)
    ensures Single(c, v')
  {
    if step.ProposerStep? {
      var p := step.actor;
      var h := v.Last().proposers[p];
      if Has(c, v, p) {
        assert 2 * |h.promises.s| > 1;
      }
      assert forall q: nat | q < |c.proposers| && q != p :: v'.Last().proposers[q] == v.Last().proposers[q];
      assert forall q: nat | q < |c.proposers| && Has(c, v, q) :: Has(c, v', q);
    } else if step.AcceptorStep? {
      assert step.actor == 0;
      assert forall q: nat | q < |c.proposers| :: Has(c, v', q) == Has(c, v, q);
      var a := v.Last().acceptors[0];
      var a' := v'.Last().acceptors[0];
      if step.msgOps.recv.Some? && step.msgOps.recv.value.Propose? {
        assert Fits(a, step.msgOps.recv.value.ballot, step.msgOps.recv.value.value);
      }
      assert a.accepted.Accepted? ==>
        a'.accepted.Accepted? && a'.accepted.proposal.value == a.accepted.proposal.value;
      forall l: nat | l < |c.learners| ensures Agrees(a', v'.Last().learners[l]) {
        assert Agrees(a, v.Last().learners[l]);
      }
    } else {
      assert forall l: nat | l < |c.learners| && l != step.actor :: v'.Last().learners[l] == v.Last().learners[l];
      assert forall q: nat | q < |c.proposers| :: Has(c, v', q) == Has(c, v, q);
      var a := v.Last().acceptors[0];
      forall l: nat | l < |c.learners| ensures Agrees(a, v'.Last().learners[l]) {
        assert Agrees(a, v.Last().learners[l]);
        if l == step.actor && step.msgOps.recv.Some? {
          var heard := step.msgOps.recv.value;
          assert heard in v.network.sentMsgs && heard.Accept?;
          assert heard.proposal.value == a.accepted.proposal.value;
        }
      }
    }
  }
}
