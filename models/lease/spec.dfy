include "distributedSystem.dfy"

module Obligations {
  import opened UtilitiesLibrary
  import opened Types
  import opened DistributedSystem

  // At most one client works at a time, and none while the server has the lease at hand.
  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    && (forall a: nat, b: nat
          | a < |c.clients| && b < |c.clients| && v.Last().clients[a].working && v.Last().clients[b].working
          :: a == b)
    && (forall s: nat, a: nat
          | s < |c.servers| && a < |c.clients| && v.Last().clients[a].working
          :: !v.Last().servers[s].available)
  }

  // Exploration must reach a state in which a second client has its turn.
  ghost predicate GoalSecondTurn(c: Constants, v: Variables)
    requires v.WF(c)
  {
    exists a: nat, b: nat :: a < |c.clients| && b < |c.clients| && a != b
      && v.Last().clients[a].working && 0 < v.Last().clients[b].epoch
  }
}
