include "distributedSystem.dfy"

module Obligations {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary
  import opened Types
  import opened DistributedSystem

  ghost predicate CoordinatorDecided(c: Constants, h: Hosts, outcome: Outcome)
    requires h.WF(c)
  {
    && |c.coordinator| == 1
    && h.coordinator[0].decision == WOSome(outcome)
  }

  ghost predicate ParticipantDecided(c: Constants, h: Hosts, p: nat, outcome: Outcome)
    requires h.WF(c)
  {
    && p < |c.participants|
    && h.participants[p].decision == WOSome(outcome)
  }

  // Whoever has decided has decided the same.
  ghost predicate Agreement(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall p: nat, outcome: Outcome
      | p < |c.participants| && ParticipantDecided(c, v.Last(), p, outcome)
      :: CoordinatorDecided(c, v.Last(), outcome)
  }

  // One unwilling participant rules out Commit.
  ghost predicate CommitNeedsAll(c: Constants, v: Variables)
    requires v.WF(c)
  {
    CoordinatorDecided(c, v.Last(), Commit) ==>
      forall p: nat | p < |c.participants| :: c.participants[p].preference.Yes?
  }

  // If all are willing nothing but Commit is decided.
  ghost predicate AbortNeedsOne(c: Constants, v: Variables)
    requires v.WF(c)
  {
    (forall p: nat | p < |c.participants| :: c.participants[p].preference.Yes?) ==>
      !CoordinatorDecided(c, v.Last(), Abort)
  }

  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    && Agreement(c, v)
    && CommitNeedsAll(c, v)
    && AbortNeedsOne(c, v)
  }

  // Exploration must reach both outcomes at a participant.
  ghost predicate GoalCommitLearned(c: Constants, v: Variables)
    requires v.WF(c)
  {
    exists p: nat :: p < |c.participants| && ParticipantDecided(c, v.Last(), p, Commit)
  }

  ghost predicate GoalAbortLearned(c: Constants, v: Variables)
    requires v.WF(c)
  {
    exists p: nat :: p < |c.participants| && ParticipantDecided(c, v.Last(), p, Abort)
  }
}
