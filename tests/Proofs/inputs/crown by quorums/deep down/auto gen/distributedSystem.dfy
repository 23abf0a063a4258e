include "../hosts.dfy"

module Network {
  import opened Types
  import opened UtilitiesLibrary

  datatype Variables = Variables(sentMsgs: set<Message>)

  ghost predicate Init(v: Variables) {
    v.sentMsgs == {}
  }

  ghost predicate Next(v: Variables, v': Variables, msgOps: MessageOps) {
    && v'.sentMsgs == v.sentMsgs + (if msgOps.send.Some? then {msgOps.send.value} else {})
    && (msgOps.recv.Some? ==> msgOps.recv.value in v.sentMsgs)
  }
}

module DistributedSystem {
  import opened Types
  import opened UtilitiesLibrary
  import Network
  import VoterHost
  import CandidateHost

  datatype Constants = Constants(
    f: nat,
    candidateConstants: seq<CandidateHost.Constants>,
    voterConstants: seq<VoterHost.Constants>
  ) {
    ghost predicate WF() {
      && CandidateHost.GroupWFConstants(candidateConstants, f)
      && VoterHost.GroupWFConstants(voterConstants, f)
    }

    ghost predicate ValidVoter(id: int) {
      0 <= id < |voterConstants|
    }
  }

  datatype Hosts = Hosts(
    candidates: seq<CandidateHost.Variables>,
    voters: seq<VoterHost.Variables>
  ) {
    ghost predicate WF(c: Constants) {
      && c.WF()
      && CandidateHost.GroupWF(c.candidateConstants, candidates, c.f)
      && VoterHost.GroupWF(c.voterConstants, voters, c.f)
    }
  }

  datatype Variables = Variables(history: seq<Hosts>, network: Network.Variables) {
    ghost predicate ValidHistoryIdx(i: int) {
      0 <= i < |history|
    }

    ghost predicate ValidHistoryIdxStrict(i: int) {
      0 <= i < |history| - 1
    }

    ghost predicate WF(c: Constants) {
      && c.WF()
      && 0 < |history|
      && (forall i | ValidHistoryIdx(i) :: history[i].WF(c))
    }

    ghost function History(i: int): (h: Hosts)
      requires ValidHistoryIdx(i)
    {
      history[i]
    }

    ghost function Last(): (h: Hosts)
      requires 0 < |history|
      ensures h == history[|history| - 1]
      ensures h == History(|history| - 1)
    {
      UtilitiesLibrary.LastOf(history)
    }
  }

  ghost predicate InitHosts(c: Constants, h: Hosts)
    requires h.WF(c)
  {
    && CandidateHost.GroupInit(c.candidateConstants, h.candidates, c.f)
    && VoterHost.GroupInit(c.voterConstants, h.voters, c.f)
  }

  ghost predicate Init(c: Constants, v: Variables) {
    && v.WF(c)
    && InitHosts(c, v.History(0))
    && Network.Init(v.network)
    && |v.history| == 1
  }

  datatype Step =
    | CandidateStep(who: nat, msgOps: MessageOps)
    | VoterStep(who: nat, msgOps: MessageOps)

  ghost predicate NextCandidateStep(
    c: Constants, h: Hosts, h': Hosts, n: Network.Variables, n': Network.Variables, who: nat, msgOps: MessageOps)
    requires h.WF(c) && h'.WF(c)
  {
    && 0 <= who < |c.candidateConstants|
    && CandidateHost.Next(c.candidateConstants[who], h.candidates[who], h'.candidates[who], msgOps)
    && (forall other | 0 <= other < |c.candidateConstants| && other != who ::
          h'.candidates[other] == h.candidates[other])
    && h'.voters == h.voters
  }

  ghost predicate NextVoterStep(
    c: Constants, h: Hosts, h': Hosts, n: Network.Variables, n': Network.Variables, who: nat, msgOps: MessageOps)
    requires h.WF(c) && h'.WF(c)
  {
    && c.ValidVoter(who)
    && VoterHost.Next(c.voterConstants[who], h.voters[who], h'.voters[who], msgOps)
    && (forall other | c.ValidVoter(other) && other != who :: h'.voters[other] == h.voters[other])
    && h'.candidates == h.candidates
  }

  ghost predicate NextStep(
    c: Constants, h: Hosts, h': Hosts, n: Network.Variables, n': Network.Variables, step: Step)
    requires h.WF(c) && h'.WF(c)
  {
    && Network.Next(n, n', step.msgOps)
    && match step
       case CandidateStep(who, msgOps) => NextCandidateStep(c, h, h', n, n', who, msgOps)
       case VoterStep(who, msgOps) => NextVoterStep(c, h, h', n, n', who, msgOps)
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables) {
    && v.WF(c)
    && v'.WF(c)
    && IsSeqExtension(v.history, v'.history)
    && exists step :: NextStep(c, v.Last(), v'.Last(), v.network, v'.network, step)
  }

  ghost predicate {:opaque} ValidHistory(c: Constants, v: Variables)
    requires v.WF(c)
  {
    InitHosts(c, v.History(0))
  }

  ghost predicate ValidVariables(c: Constants, v: Variables) {
    && v.WF(c)
    && ValidHistory(c, v)
  }

  lemma InitImpliesValidVariables(c: Constants, v: Variables)
    requires Init(c, v)
    ensures ValidVariables(c, v)
  {
    reveal_ValidHistory();
  }

  lemma InvNextValidVariables(c: Constants, v: Variables, v': Variables)
    requires ValidVariables(c, v)
    requires Next(c, v, v')
    ensures ValidVariables(c, v')
  {
    reveal_ValidHistory();
    VariableNextProperties(c, v, v');
  }

  lemma VariableNextProperties(c: Constants, v: Variables, v': Variables)
    requires v.WF(c)
    requires Next(c, v, v')
    ensures 1 < |v'.history|
    ensures |v.history| == |v'.history| - 1
    ensures forall i | 0 <= i < |v'.history| - 1 :: v.History(i) == v'.History(i)
  {}
}
