include "distributedSystem.dfy"

module Obligations {
  import opened UtilitiesLibrary
  import opened Types
  import opened DistributedSystem

  // A friend has granted in the present epoch.
  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall i: nat, x: nat | i < |c.node| && x in v.Last().node[i].friends
      :: Grant(x, v.Last().node[i].epoch, i) in v.network.sentMsgs
  }
}
