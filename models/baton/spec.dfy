include "distributedSystem.dfy"

module Obligations {
  import opened UtilitiesLibrary
  import opened Types
  import opened DistributedSystem

  // Nobody holds the baton while somebody else does.
  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall a: nat, b: nat
      | a < |c.runners| && b < |c.runners| && v.Last().runners[a].holding && v.Last().runners[b].holding
      :: a == b
  }

  // Exploration must reach a state in which the baton has gone round once.
  ghost predicate GoalRoundDone(c: Constants, v: Variables)
    requires v.WF(c)
  {
    && 1 < |c.runners|
    && v.Last().runners[0].holding
    && 1 < v.Last().runners[0].epoch
  }
}
