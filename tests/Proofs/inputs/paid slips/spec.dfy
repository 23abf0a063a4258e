include "distributedSystem.dfy"

module Obligations {
  import opened Types
  import opened DistributedSystem

  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    && PaidWereDrawn(c, v)
    && ShutAreClosed(c, v)
  }

  ghost predicate PaidWereDrawn(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall d, s | 0 <= d < |c.desk| && s in v.Last().desk[d].paid
      :: 0 <= s.desk < |c.desk| && s in v.Last().desk[s.desk].drawn.s
  }

  ghost predicate ShutAreClosed(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall d, w | 0 <= d < |c.desk| && w in v.Last().desk[d].shut
      :: 0 <= w < |c.vault| && v.Last().vault[w].closed.Set?
  }
}
