include "spec.dfy"
include "messageInvariantsAutogen.dfy"
include "monotonicityInvariantsAutogen.dfy"
include "ownershipInvariantsAutogen.dfy"

module SafetyProof {
  import opened Types
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened DistributedSystem
  import ServerHost
  import ClientHost
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
    ProvePart1(c, v);
    ProvePart2(c, v);
  }

  lemma ProvePart1(c: Constants, v: Variables)
    requires RegularInvs(c, v)
    ensures forall a: nat, b: nat | a < |c.clients| && b < |c.clients| && v.Last().clients[a].working && v.Last().clients[b].working :: a == b
  {
    forall a: nat, b: nat | a < |c.clients| && b < |c.clients| && v.Last().clients[a].working && v.Last().clients[b].working
      ensures a == b
    {
      var none3 := NoClientHostOwnsKey(c, v, UniqueKey.Lease);
    }
  }

  lemma ProvePart2(c: Constants, v: Variables)
    requires RegularInvs(c, v)
    ensures forall s: nat, a: nat | s < |c.servers| && a < |c.clients| && v.Last().clients[a].working :: !v.Last().servers[s].available
  {
    forall s: nat, a: nat | s < |c.servers| && a < |c.clients| && v.Last().clients[a].working
      ensures !v.Last().servers[s].available
    {
      if v.Last().servers[s].available
      {
        var none4 := NoServerHostOwnsKey(c, v, UniqueKey.Lease);
      }
    }
  }
}
