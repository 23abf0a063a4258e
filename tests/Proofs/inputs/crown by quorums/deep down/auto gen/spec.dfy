include "distributedSystem.dfy"

module Obligations {
  import opened Types
  import opened UtilitiesLibrary
  import opened DistributedSystem

  ghost predicate Crown(c: Constants, h: Hosts, i: int)
    requires h.WF(c)
  {
    0 <= i < |c.candidateConstants| && h.candidates[i].crowned
  }

  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall i, j | Crown(c, v.Last(), i) && Crown(c, v.Last(), j) :: i == j
  }
}
