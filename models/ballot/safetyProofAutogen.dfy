include "spec.dfy"
include "messageInvariantsAutogen.dfy"
include "monotonicityInvariantsAutogen.dfy"

module SafetyProof {
  import opened Types
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened DistributedSystem
  import CandidateHost
  import VoterHost
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
    ProveSafety(c, v);
  }

  lemma ProveSafety(c: Constants, v: Variables)
    requires RegularInvs(c, v)
    ensures Safety(c, v)
  {
    reveal_ValidHistory();
    forall a: nat, b: nat | a < |c.candidates| && b < |c.candidates| && v.Last().candidates[a].elected && v.Last().candidates[b].elected
      ensures a == b
    {
      if 0 <= a < |c.candidates| && NextTakeOfficeStepWitnessCondition(c, v, |v.history| - 1, a, v.History(|v.history| - 1).candidates[a].elected)
      {
        var j1, step1, msgOps1 := NextTakeOfficeStepStepSkolemization(c, v, |v.history| - 1, a, v.History(|v.history| - 1).candidates[a].elected);
        if 0 <= b < |c.candidates| && NextTakeOfficeStepWitnessCondition(c, v, |v.history| - 1, b, v.History(|v.history| - 1).candidates[b].elected)
        {
          var j2, step2, msgOps2 := NextTakeOfficeStepStepSkolemization(c, v, |v.history| - 1, b, v.History(|v.history| - 1).candidates[b].elected);
          forall x3 | x3 in v.History(j1).candidates[a].supporters
            ensures 0 <= x3 < |c.voters|
          {
            if 0 <= a < |c.candidates| && ReceiveVoteWitnessCondition(c, v, j1, a, x3)
            {
              var j4, inMsg4 := ReceiveVoteStepSkolemization(c, v, j1, a, x3);
            }
          }
          forall x6 | x6 in v.History(j2).candidates[b].supporters
            ensures 0 <= x6 < |c.voters|
          {
            if 0 <= b < |c.candidates| && ReceiveVoteWitnessCondition(c, v, j2, b, x6)
            {
              var j7, inMsg7 := ReceiveVoteStepSkolemization(c, v, j2, b, x6);
            }
          }
          if |v.History(j1).candidates[a].supporters| + |v.History(j2).candidates[b].supporters| > |c.voters|
          {
            var shared9 := ChaseQuorum(v.History(j1).candidates[a].supporters, v.History(j2).candidates[b].supporters, |c.voters|);
            if 0 <= a < |c.candidates| && ReceiveVoteWitnessCondition(c, v, j1, a, shared9)
            {
              var j10, inMsg10 := ReceiveVoteStepSkolemization(c, v, j1, a, shared9);
              if 0 <= b < |c.candidates| && ReceiveVoteWitnessCondition(c, v, j2, b, shared9)
              {
                var j12, inMsg12 := ReceiveVoteStepSkolemization(c, v, j2, b, shared9);
              }
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
