include "spec.dfy"

module MonotonicityInvariants {
  import opened Types
  import opened UtilitiesLibrary
  import opened DistributedSystem
  import StationHost
  import TellerHost

  ghost predicate TellerHostLogMonotonic(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall idx, i, j
      | 0 <= idx < |c.teller| && v.ValidHistoryIdx(i) && v.ValidHistoryIdx(j) && i <= j
      :: v.History(j).teller[idx].log.SatisfiesMonotonic(v.History(i).teller[idx].log)
  }

  lemma InvNextTellerHostLogMonotonic(c: Constants, v: Variables, v': Variables)
    requires v.WF(c) && v'.WF(c)
    requires TellerHostLogMonotonic(c, v)
    requires Next(c, v, v')
    ensures TellerHostLogMonotonic(c, v')
  {
    VariableNextProperties(c, v, v');
    forall idx, i, j
      | 0 <= idx < |c.teller| && v'.ValidHistoryIdx(i) && v'.ValidHistoryIdx(j) && i <= j
      ensures v'.History(j).teller[idx].log.SatisfiesMonotonic(v'.History(i).teller[idx].log)
    {
      var last := |v.history| - 1;
      if j == last + 1 && i <= last {
        assert v.History(last).teller[idx].log.SatisfiesMonotonic(v.History(i).teller[idx].log);
        var dsStep :| NextStep(c, v.Last(), v'.Last(), v.network, v'.network, dsStep);
      }
    }
  }

  ghost predicate MonotonicityInv(c: Constants, v: Variables)
  {
    && v.WF(c)
    && TellerHostLogMonotonic(c, v)
  }

  lemma InitImpliesMonotonicityInv(c: Constants, v: Variables)
    requires Init(c, v)
    ensures MonotonicityInv(c, v)
  {}

  lemma MonotonicityInvInductive(c: Constants, v: Variables, v': Variables)
    requires MonotonicityInv(c, v)
    requires Next(c, v, v')
    ensures MonotonicityInv(c, v')
  {
    InvNextTellerHostLogMonotonic(c, v, v');
  }
}
