include "distributedSystem.dfy"

module Obligations {
  import opened UtilitiesLibrary
  import opened Types
  import opened DistributedSystem

  // No yard ever holds a blue box.
  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall y: nat, l: nat, i: nat
      | y < |c.yard| && l in v.Last().yard[y].stacks && i < |v.Last().yard[y].stacks[l]|
      :: v.Last().yard[y].stacks[l][i].colour != Blue
  }
}
