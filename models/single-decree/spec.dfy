include "distributedSystem.dfy"

module Obligations {
  import opened UtilitiesLibrary
  import opened Types
  import opened DistributedSystem

  // Whatever is learned by anyone is the same value.
  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall a: nat, b: nat
      | a < |c.learners| && b < |c.learners|
        && v.Last().learners[a].learned.Some? && v.Last().learners[b].learned.Some?
      :: v.Last().learners[a].learned == v.Last().learners[b].learned
  }

  // Exploration must reach a proposer that gave up its own wish, and a learned value.
  ghost predicate GoalWishGivenUp(c: Constants, v: Variables)
    requires v.WF(c)
  {
    exists p: nat :: p < |c.proposers| && v.Last().proposers[p].value != c.proposers[p].wish
  }

  ghost predicate GoalLearned(c: Constants, v: Variables)
    requires v.WF(c)
  {
    exists l: nat :: l < |c.learners| && v.Last().learners[l].learned.Some?
  }
}
