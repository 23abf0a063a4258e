include "../spec.dfy"

// For variants of the protocol in which the coordinator may decide more than once: the participants' preferences never
// change, so it comes to the same each time.
module SafetyProof {
  import opened Types
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened DistributedSystem
  import opened Obligations

  ghost predicate AllWilling(c: Constants) {
    forall p: nat | p < |c.participants| :: c.participants[p].preference.Yes?
  }

  ghost predicate Inv(c: Constants, v: Variables) {
    && v.WF(c)
    && |c.coordinator| == 1
    && (forall m | m in v.network.sentMsgs && m.Ballot? ::
          m.voter < |c.participants| && m.vote == c.participants[m.voter].preference)
    && (forall m | m in v.network.sentMsgs && m.Verdict? :: v.Last().coordinator[0].decision == WOSome(m.outcome))
    && (forall x | x in v.Last().coordinator[0].yes :: x < |c.participants| && c.participants[x].preference.Yes?)
    && (forall x | x in v.Last().coordinator[0].no :: x < |c.participants| && c.participants[x].preference.No?)
    && (v.Last().coordinator[0].decision == WOSome(Commit) ==> AllWilling(c))
    && (v.Last().coordinator[0].decision == WOSome(Abort) ==> !AllWilling(c))
    && (forall p: nat | p < |c.participants| && v.Last().participants[p].decision.WOSome? ::
          v.Last().coordinator[0].decision == v.Last().participants[p].decision)
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
    if step.CoordinatorStep? {
      var h := v.Last().coordinator[0];
      assert step.actor == 0;
      if |h.no| > 0 {
        var x :| x in h.no;
        assert !AllWilling(c);
      } else if |h.yes| == |c.participants| {
        FullSet(h.yes, |c.participants|);
        assert AllWilling(c);
      }
      var decision := v'.Last().coordinator[0].decision;
      assert h.decision == WOSome(Commit) ==> decision == WOSome(Commit);
      assert h.decision == WOSome(Abort) ==> decision == WOSome(Abort);
      if h.decision.WOSome? {
        assert h.decision.value == Commit || h.decision.value == Abort;
      }
      assert step.msgOps.send.Some? && step.msgOps.send.value.Verdict? ==>
        decision == WOSome(step.msgOps.send.value.outcome);
    } else {
      assert forall p: nat | p < |c.participants| && p != step.actor ::
        v'.Last().participants[p] == v.Last().participants[p];
    }
  }
}
