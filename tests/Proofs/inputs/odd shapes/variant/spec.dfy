include "distributedSystem.dfy"

module Obligations {
  import opened UtilitiesLibrary
  import opened Types
  import opened DistributedSystem

  // A station that has voted has had the token.
  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall t: nat, r: Round, s: StationId
      | t < |c.teller| && r in v.Last().teller[t].log.seen && s in v.Last().teller[t].log.seen[r]
      :: s < |c.station|
  }
}
