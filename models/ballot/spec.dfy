include "distributedSystem.dfy"

module Obligations {
  import opened UtilitiesLibrary
  import opened Types
  import opened DistributedSystem

  // No two candidates are elected.
  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall a: nat, b: nat
      | a < |c.candidates| && b < |c.candidates|
        && v.Last().candidates[a].elected && v.Last().candidates[b].elected
      :: a == b
  }

  // Exploration must reach an election that another candidate has lost a vote in.
  ghost predicate GoalContestedElection(c: Constants, v: Variables)
    requires v.WF(c)
  {
    exists a: nat, b: nat :: a < |c.candidates| && b < |c.candidates| && a != b
      && v.Last().candidates[a].elected && v.Last().candidates[b].supporters != {}
  }
}
