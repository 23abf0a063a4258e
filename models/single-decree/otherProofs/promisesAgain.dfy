include "../spec.dfy"
include "../messageInvariantsAutogen.dfy"
include "../monotonicityInvariantsAutogen.dfy"
include "../coProvenanceAutogen.dfy"

// For variants of the protocol in which an acceptor promises one ballot more than once, the later times perhaps after it
// has accepted under that ballot. Such a promise comes too late: who has proposed gathers no more. The rest is the
// protocol's own proof.
module SafetyProof {
  import opened Types
  import opened UtilitiesLibrary
  import opened DistributedSystem
  import opened MonotonicityLibrary
  import opened MessageInvariants
  import opened MonotonicityInvariants
  import opened CoProvenanceInvariants
  import opened Obligations

  ghost predicate RegularInvs(c: Constants, v: Variables) {
    && MessageInv(c, v)
    && MonotonicityInv(c, v)
    && CoProvenanceInv(c, v)
  }

  // Who has proposed has all its promises.
  ghost predicate ProposersAreDone(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall m | m in v.network.sentMsgs && m.Propose? ::
      m.ballot < |c.proposers| && 2 * |v.Last().proposers[m.ballot].promises.s| > |c.acceptors|
  }

  // What a proposer was told of was proposed before its own ballot, at every moment.
  ghost predicate ToldOfLower(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall i: nat, p: nat | v.ValidHistoryIdx(i) && p < |c.proposers| ::
      v.History(i).proposers[p].highest.MNSome? ==> v.History(i).proposers[p].highest.value < p
  }

  ghost predicate Inv(c: Constants, v: Variables) {
    && RegularInvs(c, v)
    && ProposersAreDone(c, v)
    && ToldOfLower(c, v)
    && Safety(c, v)
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
    InitImpliesMessageInv(c, v);
    InitImpliesMonotonicityInv(c, v);
    InitImpliesCoProvenanceInv(c, v);
    InvsImplySafety(c, v);
  }

  lemma InvInductive(c: Constants, v: Variables, v': Variables)
    requires Inv(c, v)
    requires Next(c, v, v')
    ensures Inv(c, v')
  {
    MessageInvInductive(c, v, v');
    MonotonicityInvInductive(c, v, v');
    CoProvenanceInvInductive(c, v, v');
    LateStepsTellNothing(c, v, v');
    InvsImplySafety(c, v');
  }

  lemma LateStepsTellNothing(c: Constants, v: Variables, v': Variables)
    requires RegularInvs(c, v)
    requires ProposersAreDone(c, v) && ToldOfLower(c, v)
    requires Next(c, v, v')
    ensures ProposersAreDone(c, v') && ToldOfLower(c, v')
  {
    VariableNextProperties(c, v, v');
    assert v.History(|v.history| - 1) == v.Last();
    var step :| NextStep(c, v.Last(), v'.Last(), v.network, v'.network, step);
    forall p: nat | p < |c.proposers| ensures StillFits(c, v, v', p) {
      ProposerStaysDone(c, v, v', step, p);
    }
    forall m | m in v'.network.sentMsgs && m.Propose?
      ensures m.ballot < |c.proposers| && 2 * |v'.Last().proposers[m.ballot].promises.s| > |c.acceptors|
    {
      if m in v.network.sentMsgs {
        assert StillFits(c, v, v', m.ballot);
      } else {
        assert step.ProposerStep? && m.ballot == step.actor;
        assert StillFits(c, v, v', step.actor);
      }
    }
    forall i: nat, p: nat | v'.ValidHistoryIdx(i) && p < |c.proposers|
      ensures v'.History(i).proposers[p].highest.MNSome? ==> v'.History(i).proposers[p].highest.value < p
    {
      if i < |v'.history| - 1 {
        assert v'.History(i) == v.History(i);
      } else {
        assert StillFits(c, v, v', p);
      }
    }
  }

  ghost predicate StillFits(c: Constants, v: Variables, v': Variables, p: nat)
    requires v.WF(c) && v'.WF(c) && p < |c.proposers|
  {
    var before := v.Last().proposers[p];
    var after := v'.Last().proposers[p];
    && (after.highest.MNSome? ==> after.highest.value < p)
    && (2 * |before.promises.s| > |c.acceptors| ==> after.promises == before.promises)
  }

  lemma ProposerStaysDone(c: Constants, v: Variables, v': Variables, step: Step, p: nat)
    requires RegularInvs(c, v) && v'.WF(c)
    requires ProposersAreDone(c, v)
    requires NextStep(c, v.Last(), v'.Last(), v.network, v'.network, step)
    requires p < |c.proposers|
    requires v.Last().proposers[p].highest.MNSome? ==> v.Last().proposers[p].highest.value < p
    ensures StillFits(c, v, v', p)
  {
    if step.ProposerStep? && step.actor == p {
      if step.msgOps.recv.Some? && step.msgOps.recv.value.Promise? && step.msgOps.recv.value.accepted.Some? {
        PromiseMeansProposed(c, v, step.msgOps.recv.value);
      }
    }
  }

  lemma InvsImplySafety(c: Constants, v: Variables)
    requires RegularInvs(c, v) && ToldOfLower(c, v)
    ensures Safety(c, v)
  {
    forall a: nat, b: nat
      | a < |c.learners| && b < |c.learners|
        && v.Last().learners[a].learned.Some? && v.Last().learners[b].learned.Some?
      ensures v.Last().learners[a].learned == v.Last().learners[b].learned
    {
      var p, acceptorsOfP := LearnedWasChosen(c, v, a);
      var q, acceptorsOfQ := LearnedWasChosen(c, v, b);
      if p.ballot <= q.ballot {
        ChosenWasProposed(c, v, q, acceptorsOfQ);
        ProposedAfterChosen(c, v, p, acceptorsOfP, q.ballot, q.value);
      } else {
        ChosenWasProposed(c, v, p, acceptorsOfP);
        ProposedAfterChosen(c, v, q, acceptorsOfQ, p.ballot, p.value);
      }
    }
  }

  ghost predicate Chosen(c: Constants, v: Variables, p: Proposal, quorum: set<AcceptorId>) {
    && 2 * |quorum| >= |c.acceptors|
    && (forall x | x in quorum :: x < |c.acceptors| && Accept(x, p) in v.network.sentMsgs)
  }

  lemma LearnedWasChosen(c: Constants, v: Variables, a: nat) returns (p: Proposal, quorum: set<AcceptorId>)
    requires RegularInvs(c, v)
    requires a < |c.learners| && v.Last().learners[a].learned.Some?
    ensures p.value == v.Last().learners[a].learned.value
    ensures Chosen(c, v, p, quorum)
  {
    reveal_ValidHistory();
    var last := |v.history| - 1;
    var j, step, _ := NextLearnStepStepSkolemization(c, v, last, a, v.History(last).learners[a].learned);
    p := step.proposal;
    quorum := v.History(j).learners[a].accepts[p];
    forall x | x in quorum ensures x < |c.acceptors| && Accept(x, p) in v.network.sentMsgs {
      var _, accept := ReceiveAcceptStepSkolemization(c, v, j, a, p, x);
      var _, _ := SendAcceptSkolemization(c, v, accept);
    }
  }

  lemma ChosenWasProposed(c: Constants, v: Variables, p: Proposal, quorum: set<AcceptorId>)
    requires RegularInvs(c, v)
    requires Chosen(c, v, p, quorum)
    ensures Propose(p.ballot, p.value) in v.network.sentMsgs
  {
    var x :| x in quorum;
    var _, _ := SendAcceptSkolemization(c, v, Accept(x, p));
  }

  lemma ProposedAfterChosen(
    c: Constants, v: Variables, p: Proposal, quorum: set<AcceptorId>, ballot: nat, value: Value
  )
    requires RegularInvs(c, v) && ToldOfLower(c, v)
    requires Chosen(c, v, p, quorum)
    requires Propose(ballot, value) in v.network.sentMsgs
    requires p.ballot <= ballot
    ensures value == p.value
    decreases ballot
  {
    ChosenWasProposed(c, v, p, quorum);
    if ballot == p.ballot {
      OneValueInABallot(c, v, ballot, value, p.value);
    } else {
      reveal_ValidHistory();
      var i := SendProposeSkolemization(c, v, Propose(ballot, value));
      var x := SharedAcceptor(c, v, i, ballot, quorum);
      var j, promise := ReceivePromisePlainReceivePromiseHigherStepSkolemization(c, v, i, ballot, x);
      PromiseTells(c, v, promise, p);
      var now := v.History(i).proposers[ballot];
      assert now.highest.SatisfiesMonotonic(v.History(j + 1).proposers[ballot].highest);
      var _, told := ReceivePromiseHigherStepSkolemization(c, v, i, ballot, now.highest, now.value);
      PromiseMeansProposed(c, v, told);
      ProposedAfterChosen(c, v, p, quorum, told.accepted.value.ballot, value);
    }
  }

  // An acceptor of the quorum from which the proposer has a promise.
  lemma SharedAcceptor(c: Constants, v: Variables, i: nat, ballot: nat, quorum: set<AcceptorId>)
    returns (shared: AcceptorId)
    requires RegularInvs(c, v)
    requires v.ValidHistoryIdx(i) && ballot < |c.proposers|
    requires 2 * |v.History(i).proposers[ballot].promises.s| > |c.acceptors|
    requires 2 * |quorum| >= |c.acceptors|
    requires Below(quorum, |c.acceptors|)
    ensures shared in quorum && shared in v.History(i).proposers[ballot].promises.s
  {
    reveal_ValidHistory();
    var promises := v.History(i).proposers[ballot].promises.s;
    forall x | x in promises ensures x < |c.acceptors| {
      var _, promise := ReceivePromisePlainReceivePromiseHigherStepSkolemization(c, v, i, ballot, x);
      var _, _ := SendPromiseSkolemization(c, v, promise);
    }
    shared := QuorumIntersection(promises, quorum, |c.acceptors|);
  }

  // Who accepted a proposal and then promises a higher ballot tells of that proposal or of a later one.
  lemma PromiseTells(c: Constants, v: Variables, promise: Message, p: Proposal)
    requires RegularInvs(c, v)
    requires promise.Promise? && promise in v.network.sentMsgs
    requires Accept(promise.acceptor, p) in v.network.sentMsgs
    requires p.ballot < promise.ballot
    ensures promise.accepted.Some? && p.ballot <= promise.accepted.value.ballot
  {
    reveal_ValidHistory();
    var x := promise.acceptor;
    var i, _ := SendPromiseSkolemization(c, v, promise);
    var j, _ := SendAcceptSkolemization(c, v, Accept(x, p));
    if i < j {
      assert v.History(j).acceptors[x].promised.SatisfiesMonotonic(v.History(i + 1).acceptors[x].promised);
    }
    assert j < i;
    var accepted := v.History(i).acceptors[x].accepted;
    assert accepted.SatisfiesMonotonic(v.History(j + 1).acceptors[x].accepted);
    var k, _, _ := AcceptorHostAcceptedLastSkolemization(c, v, i, x, accepted);
    if j < k {
      assert v.History(k).acceptors[x].promised.SatisfiesMonotonic(v.History(j + 1).acceptors[x].promised);
    } else {
      assert v.History(j + 1).acceptors[x].accepted == accepted;
    }
  }

  lemma PromiseMeansProposed(c: Constants, v: Variables, promise: Message)
    requires RegularInvs(c, v)
    requires promise.Promise? && promise.accepted.Some? && promise in v.network.sentMsgs
    ensures var told := promise.accepted.value;
      told.ballot <= promise.ballot && Propose(told.ballot, told.value) in v.network.sentMsgs
  {
    reveal_ValidHistory();
    var x := promise.acceptor;
    var i, _ := SendPromiseSkolemization(c, v, promise);
    var j, _, _ := ReceiveProposeSendAcceptStepSkolemization(c, v, i, x, v.History(i).acceptors[x].accepted);
    assert v.History(i).acceptors[x].promised.SatisfiesMonotonic(v.History(j + 1).acceptors[x].promised);
  }

  // Once more than half have promised, a proposer's value stays.
  lemma OneValueInABallot(c: Constants, v: Variables, ballot: nat, a: Value, b: Value)
    requires RegularInvs(c, v)
    requires Propose(ballot, a) in v.network.sentMsgs
    requires Propose(ballot, b) in v.network.sentMsgs
    ensures a == b
  {
    var i := SendProposeSkolemization(c, v, Propose(ballot, a));
    var j := SendProposeSkolemization(c, v, Propose(ballot, b));
    if i <= j {
      ValueStays(c, v, ballot, i, j);
    } else {
      ValueStays(c, v, ballot, j, i);
    }
  }

  lemma ValueStays(c: Constants, v: Variables, ballot: nat, i: nat, j: nat)
    requires RegularInvs(c, v)
    requires i <= j && v.ValidHistoryIdx(j) && ballot < |c.proposers|
    requires 2 * |v.History(i).proposers[ballot].promises.s| > |c.acceptors|
    ensures v.History(i).proposers[ballot].value == v.History(j).proposers[ballot].value
  {
    reveal_ValidHistory();
    var before := v.History(i).proposers[ballot];
    var after := v.History(j).proposers[ballot];
    assert after.highest.SatisfiesMonotonic(before.highest);
    if after.highest == MNNone {
      if before.value != c.proposers[ballot].wish {
        var _, _ := ReceivePromiseHigherStepSkolemization(c, v, i, ballot, before.highest, before.value);
      }
      if after.value != c.proposers[ballot].wish {
        var _, _ := ReceivePromiseHigherStepSkolemization(c, v, j, ballot, after.highest, after.value);
      }
    } else {
      var k, _ := ProposerHostHighestValueLastSkolemization(c, v, j, ballot, after.highest, after.value);
      if i <= k {
        var grown := v.History(k).proposers[ballot].promises;
        assert grown.SatisfiesMonotonic(before.promises);
        SubsetSize(before.promises.s, grown.s);
      }
    }
  }

  lemma SubsetSize(a: set<AcceptorId>, b: set<AcceptorId>)
    requires a <= b
    ensures |a| <= |b|
  {
    assert b == a + (b - a);
  }
}
