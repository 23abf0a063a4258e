include "spec.dfy"
include "messageInvariantsAutogen.dfy"
include "monotonicityInvariantsAutogen.dfy"
include "coProvenanceAutogen.dfy"

// A term has one leader: two would share a supporter, who votes once a term.
module SafetyProof {
  import opened Types
  import opened UtilitiesLibrary
  import opened DistributedSystem
  import opened MessageInvariants
  import opened MonotonicityInvariants
  import opened CoProvenanceInvariants
  import opened Obligations

  ghost predicate RegularInvs(c: Constants, v: Variables) {
    && MessageInv(c, v)
    && MonotonicityInv(c, v)
    && CoProvenanceInv(c, v)
  }

  ghost predicate Inv(c: Constants, v: Variables) {
    && RegularInvs(c, v)
    && Safety(c, v)
  }

  lemma InvImpliesSafety(c: Constants, v: Variables)
    requires Inv(c, v)
    ensures v.WF(c) && Safety(c, v)
  {
  }

  lemma InitImpliesInv(c: Constants, v: Variables)
    requires Init(c, v)
    ensures Inv(c, v)
  {
    InitImpliesMessageInv(c, v);
    InitImpliesMonotonicityInv(c, v);
    InitImpliesCoProvenanceInv(c, v);
    RegularInvsImplySafety(c, v);
  }

  lemma InvInductive(c: Constants, v: Variables, v': Variables)
    requires Inv(c, v)
    requires Next(c, v, v')
    ensures Inv(c, v')
  {
    MessageInvInductive(c, v, v');
    MonotonicityInvInductive(c, v, v');
    CoProvenanceInvInductive(c, v, v');
    RegularInvsImplySafety(c, v');
  }

  lemma RegularInvsImplySafety(c: Constants, v: Variables)
    requires RegularInvs(c, v)
    ensures Safety(c, v)
  {
    forall a: nat, b: nat
      | a < |c.nodes| && b < |c.nodes|
        && v.Last().nodes[a].leading && v.Last().nodes[b].leading
        && v.Last().nodes[a].vote.term == v.Last().nodes[b].vote.term
      ensures a == b
    {
      var i := LeaderWasElected(c, v, a);
      var j := LeaderWasElected(c, v, b);
      forall x | x in v.History(i).nodes[a].supporters ensures x < |c.nodes| {
        var _ := SupporterVoted(c, v, i, a, x);
      }
      forall x | x in v.History(j).nodes[b].supporters ensures x < |c.nodes| {
        var _ := SupporterVoted(c, v, j, b, x);
      }
      var shared := QuorumIntersection(v.History(i).nodes[a].supporters, v.History(j).nodes[b].supporters, |c.nodes|);
      var k := SupporterVoted(c, v, i, a, shared);
      var l := SupporterVoted(c, v, j, b, shared);
      assert v.Last().nodes[shared].vote.SatisfiesMonotonic(v.History(k).nodes[shared].vote);
      assert v.Last().nodes[shared].vote.SatisfiesMonotonic(v.History(l).nodes[shared].vote);
      if k <= l {
        assert v.History(l).nodes[shared].vote.SatisfiesMonotonic(v.History(k).nodes[shared].vote);
      } else {
        assert v.History(k).nodes[shared].vote.SatisfiesMonotonic(v.History(l).nodes[shared].vote);
      }
    }
  }

  // When it took the lead, in the term it still leads.
  lemma LeaderWasElected(c: Constants, v: Variables, a: nat) returns (i: nat)
    requires RegularInvs(c, v)
    requires a < |c.nodes| && v.Last().nodes[a].leading
    ensures v.ValidHistoryIdx(i)
    ensures v.History(i).nodes[a].vote == MonotonicVote(v.Last().nodes[a].vote.term, Some(a))
    ensures 2 * |v.History(i).nodes[a].supporters| > |c.nodes|
  {
    reveal_ValidHistory();
    var last := |v.history| - 1;
    var vote := v.History(last).nodes[a].vote;
    var j, _, _ := NodeHostLeadingLastSkolemization(c, v, last, a, true);
    assert vote.SatisfiesMonotonic(v.History(j).nodes[a].vote);
    var k, _, _ := NodeHostVoteAndLeadingLastSkolemization(c, v, last, a, vote.term, vote.choice, true);
    if v.History(k).nodes[a].leading {
      var prior := v.History(k).nodes[a].vote;
      var _, _, _ := NodeHostVoteAndLeadingLastSkolemization(c, v, k, a, prior.term, prior.choice, true);
    }
    i := k;
  }

  // When the supporter gave the vote that is counted.
  lemma SupporterVoted(c: Constants, v: Variables, i: nat, a: nat, x: NodeId) returns (k: nat)
    requires RegularInvs(c, v)
    requires v.ValidHistoryIdx(i) && a < |c.nodes|
    requires v.History(i).nodes[a].vote.choice == Some(a)
    requires x in v.History(i).nodes[a].supporters
    ensures v.ValidHistoryIdx(k) && x < |c.nodes|
    ensures v.History(k).nodes[x].vote == MonotonicVote(v.History(i).nodes[a].vote.term, Some(a))
  {
    reveal_ValidHistory();
    var vote := v.History(i).nodes[a].vote;
    if x == a {
      return i;
    }
    var j, step, msgOps := NodeHostVoteAndSupportersLastSkolemization(c, v, i, a, vote.term, vote.choice, x);
    if step.GiveVoteStep? {
      var prior := v.History(j).nodes[a].vote;
      if prior == MonotonicVote(0, None) {
        // No term lies before this one, so the vote was counted in it.
        var j', _, counted := NodeHostSupportersLastSkolemization(c, v, j, a, x);
        assert prior.SatisfiesMonotonic(v.History(j').nodes[a].vote);
        var k', _ := SendVoteSkolemization(c, v, counted.recv.value);
        k := k' + 1;
      } else {
        var _, _, counted := NodeHostVoteAndSupportersLastSkolemization(c, v, j, a, prior.term, prior.choice, x);
        var k', _ := SendVoteSkolemization(c, v, counted.recv.value);
        k := k' + 1;
      }
    } else if step.CountStep? {
      var k', _ := SendVoteSkolemization(c, v, msgOps.recv.value);
      k := k' + 1;
    } else {
      k := j + 1;
    }
  }
}
