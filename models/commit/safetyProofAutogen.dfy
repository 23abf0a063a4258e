include "spec.dfy"
include "messageInvariantsAutogen.dfy"
include "monotonicityInvariantsAutogen.dfy"

module SafetyProof {
  import opened Types
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened DistributedSystem
  import CoordinatorHost
  import ParticipantHost
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
    ProveAgreement(c, v);
    ProveCommitNeedsAll(c, v);
    ProveAbortNeedsOne(c, v);
  }

  lemma ProveAgreement(c: Constants, v: Variables)
    requires RegularInvs(c, v)
    ensures Agreement(c, v)
  {
    reveal_ValidHistory();
    forall p: nat, outcome: Outcome | p < |c.participants| && ParticipantDecided(c, v.Last(), p, outcome)
      ensures CoordinatorDecided(c, v.Last(), outcome)
    {
      if 0 <= p < |c.participants| && ReceiveVerdictWitnessCondition(c, v, |v.history| - 1, p, v.History(|v.history| - 1).participants[p].decision)
      {
        var j1, inMsg1 := ReceiveVerdictStepSkolemization(c, v, |v.history| - 1, p, v.History(|v.history| - 1).participants[p].decision);
      }
    }
  }

  lemma ProveCommitNeedsAll(c: Constants, v: Variables)
    requires RegularInvs(c, v)
    ensures CommitNeedsAll(c, v)
  {
    reveal_ValidHistory();
    if CoordinatorDecided(c, v.Last(), Outcome.Commit)
    {
      forall p: nat | p < |c.participants|
        ensures c.participants[p].preference.Yes?
      {
        if 0 <= 0 < |c.coordinator| && SendVerdictWitnessCondition(c, v, |v.history| - 1, 0, v.History(|v.history| - 1).coordinator[0].decision)
        {
          var j1, step1, msgOps1 := SendVerdictStepSkolemization(c, v, |v.history| - 1, 0, v.History(|v.history| - 1).coordinator[0].decision);
          forall x5 | x5 in v.History(j1).coordinator[0].yes
            ensures 0 <= x5 < |c.participants|
          {
            if 0 <= 0 < |c.coordinator| && ReceiveBallotYesWitnessCondition(c, v, j1, 0, x5)
            {
              var j6, inMsg6 := ReceiveBallotYesStepSkolemization(c, v, j1, 0, x5);
            }
          }
          if |v.History(j1).coordinator[0].yes| >= |c.participants|
          {
            ChaseFullSet(v.History(j1).coordinator[0].yes, |c.participants|);
            if p in v.History(j1).coordinator[0].yes
            {
              if 0 <= 0 < |c.coordinator| && ReceiveBallotYesWitnessCondition(c, v, j1, 0, p)
              {
                var j10, inMsg10 := ReceiveBallotYesStepSkolemization(c, v, j1, 0, p);
              }
            }
          }
        }
      }
    }
  }

  lemma ProveAbortNeedsOne(c: Constants, v: Variables)
    requires RegularInvs(c, v)
    ensures AbortNeedsOne(c, v)
  {
    reveal_ValidHistory();
    if forall p: nat | p < |c.participants| :: c.participants[p].preference.Yes?
    {
      if CoordinatorDecided(c, v.Last(), Outcome.Abort)
      {
        if 0 <= 0 < |c.coordinator| && SendVerdictWitnessCondition(c, v, |v.history| - 1, 0, v.History(|v.history| - 1).coordinator[0].decision)
        {
          var j1, step1, msgOps1 := SendVerdictStepSkolemization(c, v, |v.history| - 1, 0, v.History(|v.history| - 1).coordinator[0].decision);
          if v.History(j1).coordinator[0].no != {}
          {
            var x2 :| x2 in v.History(j1).coordinator[0].no;
            if 0 <= 0 < |c.coordinator| && ReceiveBallotNoWitnessCondition(c, v, j1, 0, x2)
            {
              var j3, inMsg3 := ReceiveBallotNoStepSkolemization(c, v, j1, 0, x2);
            }
          }
        }
      }
    }
  }

  // A set of indices below n has at most n members.
  lemma ChaseSize(s: set<int>, n: nat)
    requires forall x | x in s :: 0 <= x < n
    ensures |s| <= n
  {
    if n == 0 {
      assert s == {};
    } else {
      var rest := s - {n - 1};
      ChaseSize(rest, n - 1);
      assert s == rest || s == rest + {n - 1};
    }
  }

  // With n members it has each of them.
  lemma ChaseFullSet(s: set<int>, n: nat)
    requires forall x | x in s :: 0 <= x < n
    requires n <= |s|
    ensures forall x | 0 <= x < n :: x in s
  {
    forall x | 0 <= x < n ensures x in s {
      if x !in s {
        var grown := s + {x};
        assert |grown| == |s| + 1;
        ChaseSize(grown, n);
      }
    }
  }

  // Two sets that together have more than n members share one.
  lemma ChaseQuorum(a: set<int>, b: set<int>, n: nat) returns (shared: int)
    requires forall x | x in a :: 0 <= x < n
    requires forall x | x in b :: 0 <= x < n
    requires |a| + |b| > n
    ensures shared in a && shared in b
  {
    if a * b == {} {
      assert |a + b| == |a| + |b|;
      ChaseSize(a + b, n);
    }
    shared :| shared in a * b;
  }
}
