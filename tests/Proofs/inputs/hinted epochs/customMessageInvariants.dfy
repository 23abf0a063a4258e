include "spec.dfy"

module CustomMessageInvariants {
  import opened UtilitiesLibrary
  import opened Types
  import opened DistributedSystem

  ghost predicate Custom1SendBumpReceiveBumpSendGrantReceiveGrantWitnessCondition(
    c: Constants, v: Variables, i: nat, idx: int, e: nat, x: nat)
    requires v.WF(c)
    requires v.ValidHistoryIdx(i)
    requires 0 <= idx < |c.node|
  {
    && v.History(i).node[idx].epoch == e
    && x in v.History(i).node[idx].friends
    && v.History(i).node[idx] != v.History(0).node[idx]
  }
}
