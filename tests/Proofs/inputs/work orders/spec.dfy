include "distributedSystem.dfy"

module Obligations {
  import opened UtilitiesLibrary
  import opened Types
  import opened DistributedSystem

  // A worker works at what was offered to it.
  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall w: nat | w < |c.worker| && v.Last().worker[w].Working?
      :: v.Last().worker[w].task.owner == c.worker[w].id
  }
}
