include "spec.dfy"
include "messageInvariantsAutogen.dfy"
include "monotonicityInvariantsAutogen.dfy"
include "ownershipInvariantsAutogen.dfy"

module SafetyProof {
  import opened Types
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened DistributedSystem
  import RunnerHost
  import opened MessageInvariants
  import opened MonotonicityInvariants
  import opened OwnershipInvariants
  import opened Obligations

  ghost predicate RegularInvs(c: Constants, v: Variables)
  {
    && MessageInv(c, v)
    && MonotonicityInv(c, v)
    && OwnershipInv(c, v)
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
    InitImpliesOwnershipInv(c, v);
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
    OwnershipInvInductive(c, v, v');
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
    forall a: nat, b: nat | a < |c.runners| && b < |c.runners| && v.Last().runners[a].holding && v.Last().runners[b].holding
      ensures a == b
    {
      var none3 := NoRunnerHostOwnsKey(c, v, UniqueKey.Baton);
    }
  }
}
