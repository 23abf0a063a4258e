include "distributedSystem.dfy"

module Obligations {
  import opened UtilitiesLibrary
  import opened Types
  import opened DistributedSystem

  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall i: nat, j: nat, k: UniqueKey
      | i < |c.vault| && j < |c.vault| && k in v.Last().vault[i].held && k in v.Last().vault[j].held
      :: i == j
  }
}
