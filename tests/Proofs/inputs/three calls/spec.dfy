include "distributedSystem.dfy"

module Obligations {
  import opened MonotonicityLibrary
  import opened Types
  import opened DistributedSystem

  // Members that were called agree; a commit needs that all prefer it.
  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    && (forall i, j | 0 <= i < |c.member| && 0 <= j < |c.member|
          && v.Last().member[i].called.Set? && v.Last().member[j].called.Set?
          :: v.Last().member[i].called == v.Last().member[j].called)
    && (forall i, j | 0 <= i < |c.member| && 0 <= j < |c.member|
          && v.Last().member[i].called == Set(Commit) :: c.member[j].prefers)
  }
}
