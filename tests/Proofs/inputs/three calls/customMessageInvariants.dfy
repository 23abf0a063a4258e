include "distributedSystem.dfy"

module CustomMessageInvariants {
  import opened Types
  import opened DistributedSystem

  // The initial state is not mentioned: that it has nobody in it must come from what the initial states are.
  ghost predicate Custom1ReceiveAnswer1WitnessCondition(c: Constants, v: Variables, i: nat, idx: int, m: MemberId)
    requires v.WF(c)
    requires v.ValidHistoryIdx(i)
    requires 0 <= idx < |c.chair|
  {
    m in v.History(i).chair[idx].willing
  }
}
