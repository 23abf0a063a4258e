include "distributedSystem.dfy"

module Obligations {
  import opened Types
  import opened DistributedSystem

  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall i, j, s | 0 <= i < |c.reader| && 0 <= j < |c.reader|
      && s in v.Last().reader[i].known && s in v.Last().reader[j].known
      :: v.Last().reader[i].known[s] == v.Last().reader[j].known[s]
  }
}
