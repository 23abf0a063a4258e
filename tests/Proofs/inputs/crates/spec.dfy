include "distributedSystem.dfy"

module Obligations {
  import opened Types
  import opened DistributedSystem

  // An item is in one place.
  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall k: UniqueKey, i, j | 0 <= i < |c.holder| && 0 <= j < |c.holder|
      && HolderHost.HostOwnsUniqueKey(c.holder[i], v.Last().holder[i], k)
      && HolderHost.HostOwnsUniqueKey(c.holder[j], v.Last().holder[j], k)
      :: i == j
  }
}
