include "distributedSystem.dfy"

module Obligations {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types
  import opened DistributedSystem

  // Whatever was decided, in whatever terms, is one stream: of two parts the shorter begins the longer.
  ghost predicate Agreement(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall a: nat, b: nat | a < |c.nodes| && b < |c.nodes| ::
      forall s, t | s in v.Last().nodes[a].decided && t in v.Last().nodes[b].decided ::
        || v.Last().nodes[a].decided[s] <= v.Last().nodes[b].decided[t]
        || v.Last().nodes[b].decided[t] <= v.Last().nodes[a].decided[s]
  }

  // Behind a seal nothing of an earlier term is ever decided.
  ghost predicate SealIsFinal(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall n: nat | n < |c.nodes| ::
      forall t | t in v.Last().nodes[n].decided :: Ascending(v.Last().nodes[n].decided[t])
  }

  ghost predicate Ascending(stream: seq<Entry>) {
    forall i: nat | i + 1 < |stream| :: stream[i].term <= stream[i + 1].term
  }

  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    && Agreement(c, v)
    && SealIsFinal(c, v)
  }

  // Exploration must reach a committed record, and the committed seal of a second term.
  ghost predicate GoalRecordDecided(c: Constants, v: Variables)
    requires v.WF(c)
  {
    exists n: nat :: n < |c.nodes|
      && 1 in v.Last().nodes[n].decided && Record(1) in v.Last().nodes[n].decided[1]
  }

  ghost predicate GoalSecondSeal(c: Constants, v: Variables)
    requires v.WF(c)
  {
    exists n: nat :: n < |c.nodes|
      && 2 in v.Last().nodes[n].decided && Seal(1) in v.Last().nodes[n].decided[2]
  }

  // How far exploration looks: two terms and short streams hold every way of losing what was decided that is known.
  ghost predicate ExploreWithin(c: Constants, v: Variables)
    requires v.WF(c)
  {
    && (forall r: nat | r < |c.registers| :: c.registers[r].first == {0} && v.Last().registers[r].term.n <= 2)
    && (forall n: nat | n < |c.nodes| ::
          && |v.Last().nodes[n].stream| <= 2
          && |v.Last().nodes[n].disk| <= 2)
    && |v.network.sentMsgs| + 2 <= 4 * |c.nodes|
  }
}
