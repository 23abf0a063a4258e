include "distributedSystem.dfy"

module Obligations {
  import opened UtilitiesLibrary
  import opened Types
  import opened DistributedSystem

  // Two prisons never differ on a case.
  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall a: nat, b: nat, cause: CaseId
      | a < |c.prison| && b < |c.prison|
        && cause in v.Last().prison[a].outcome && cause in v.Last().prison[b].outcome
      :: v.Last().prison[a].outcome[cause] == v.Last().prison[b].outcome[cause]
  }
}
