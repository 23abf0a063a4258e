include "distributedSystem.dfy"

module Obligations {
  import opened UtilitiesLibrary
  import opened Types
  import opened DistributedSystem

  ghost predicate Leads(c: Constants, v: Variables, i: nat)
    requires v.WF(c)
    requires i < |c.node|
  {
    v.Last().node[i].heard == c.node[i].rank
  }

  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall i: nat, j: nat | i < |c.node| && j < |c.node| && Leads(c, v, i) && Leads(c, v, j) :: i == j
  }
}
