include "distributedSystem.dfy"

module Obligations {
  import opened UtilitiesLibrary
  import opened Types
  import opened DistributedSystem

  // A term has at most one leader.
  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall a: nat, b: nat
      | a < |c.nodes| && b < |c.nodes|
        && v.Last().nodes[a].leading && v.Last().nodes[b].leading
        && v.Last().nodes[a].vote.term == v.Last().nodes[b].vote.term
      :: a == b
  }

  // Exploration must reach two leaders of different terms at once: that is what the term is for.
  ghost predicate GoalTwoTermsLed(c: Constants, v: Variables)
    requires v.WF(c)
  {
    exists a: nat, b: nat :: a < |c.nodes| && b < |c.nodes|
      && v.Last().nodes[a].leading && v.Last().nodes[b].leading
      && v.Last().nodes[a].vote.term < v.Last().nodes[b].vote.term
  }
}
