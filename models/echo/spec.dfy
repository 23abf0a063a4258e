include "distributedSystem.dfy"

module Obligations {
  import opened UtilitiesLibrary
  import opened Types
  import opened DistributedSystem

  // A client hears only what it asked.
  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall client: nat, serial: nat
      | client < |c.clients| && serial in v.Last().clients[client].heard
      :: serial in v.Last().clients[client].asked.s
  }

  // Exploration must reach a state in which two clients have been answered.
  ghost predicate GoalTwoClientsHeard(c: Constants, v: Variables)
    requires v.WF(c)
  {
    exists a: nat, b: nat :: a < |c.clients| && b < |c.clients| && a != b
      && v.Last().clients[a].heard != {} && v.Last().clients[b].heard != {}
  }
}
