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
      forall p, q | p in v.Last().nodes[a].decided && q in v.Last().nodes[b].decided ::
        |p| <= |q| ==> p <= q
  }

  // Behind a seal nothing of an earlier term is ever decided.
  ghost predicate SealIsFinal(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall n: nat | n < |c.nodes| ::
      forall p: seq<Entry> | p in v.Last().nodes[n].decided ::
        forall i: nat, j: nat | i < j < |p| :: p[i].term <= p[j].term
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
    exists n: nat :: n < |c.nodes| && (exists p | p in v.Last().nodes[n].decided :: Record(1) in p)
  }

  ghost predicate GoalSecondSeal(c: Constants, v: Variables)
    requires v.WF(c)
  {
    exists n: nat :: n < |c.nodes| && (exists p | p in v.Last().nodes[n].decided :: Seal(1) in p && Seal(2) in p)
  }

  // How far exploration looks: two terms and short streams hold every way of losing what was decided that is known.
  ghost predicate ExploreWithin(c: Constants, v: Variables)
    requires v.WF(c)
  {
    && (forall r: nat | r < |c.registers| :: v.Last().registers[r].term.n <= 2)
    && (forall n: nat | n < |c.nodes| :: |v.Last().nodes[n].stream| <= 3)
  }
}
