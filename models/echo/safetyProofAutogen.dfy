include "spec.dfy"
include "messageInvariantsAutogen.dfy"
include "monotonicityInvariantsAutogen.dfy"

module SafetyProof {
  import opened Types
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened DistributedSystem
  import ServerHost
  import ClientHost
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
    forall client: nat, serial: nat | client < |c.clients| && serial in v.Last().clients[client].heard
      ensures serial in v.Last().clients[client].asked.s
    {
      if 0 <= client < |c.clients| && ReceiveEchoWitnessCondition(c, v, |v.history| - 1, client, serial)
      {
        var j1, inMsg1 := ReceiveEchoStepSkolemization(c, v, |v.history| - 1, client, serial);
      }
    }
  }
}
