include "spec.dfy"

module MessageInvariants {
  import opened Types
  import opened UtilitiesLibrary
  import opened DistributedSystem
  import StationHost
  import TellerHost

  ghost predicate {:opaque} ExistingMessage(v: Variables, msg: Message) {
    msg in v.network.sentMsgs
  }

  // Every message names a sender that exists.
  ghost predicate ValidMessages(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall msg | msg in v.network.sentMsgs ::
      && (msg.Token? ==> 0 <= msg.Src() < |c.station|)
      && (msg.Vote? ==> 0 <= msg.Src() < |c.station|)
      && (msg.Tally? ==> 0 <= msg.Src() < |c.teller|)
  }

  // Every Token was sent by ReceiveTokenSendToken of the host it names.
  ghost predicate SendTokenValidity(c: Constants, v: Variables)
    requires v.WF(c)
    requires ValidMessages(c, v)
  {
    forall msg | msg in v.network.sentMsgs && msg.Token? :: SendTokenValidityBody(c, v, msg)
  }

  ghost predicate SendTokenValidityBody(c: Constants, v: Variables, msg: Message)
    requires v.WF(c)
    requires 0 <= msg.Src() < |c.station|
  {
    exists i: nat, inMsg ::
      && v.ValidHistoryIdxStrict(i)
      && inMsg in v.network.sentMsgs
      && StationHost.ReceiveTokenSendToken(c.station[msg.Src()], v.History(i).station[msg.Src()], v.History(i + 1).station[msg.Src()], inMsg, msg)
  }

  lemma SendTokenSkolemization(c: Constants, v: Variables, msg: Message) returns (i: nat, inMsg: Message)
    requires v.WF(c)
    requires ValidMessages(c, v)
    requires SendTokenValidity(c, v)
    requires msg in v.network.sentMsgs
    requires msg.Token?
    ensures v.ValidHistoryIdxStrict(i)
    ensures inMsg in v.network.sentMsgs
    ensures StationHost.ReceiveTokenSendToken(c.station[msg.Src()], v.History(i).station[msg.Src()], v.History(i + 1).station[msg.Src()], inMsg, msg)
  {
    assert SendTokenValidityBody(c, v, msg);
    i, inMsg :|
      && v.ValidHistoryIdxStrict(i)
      && inMsg in v.network.sentMsgs
      && StationHost.ReceiveTokenSendToken(c.station[msg.Src()], v.History(i).station[msg.Src()], v.History(i + 1).station[msg.Src()], inMsg, msg);
  }

  lemma InvNextSendTokenValidity(c: Constants, v: Variables, v': Variables)
    requires v.WF(c) && v'.WF(c)
    requires ValidMessages(c, v) && ValidMessages(c, v')
    requires SendTokenValidity(c, v)
    requires Next(c, v, v')
    ensures SendTokenValidity(c, v')
  {
    VariableNextProperties(c, v, v');
    forall msg | msg in v'.network.sentMsgs && msg.Token?
      ensures SendTokenValidityBody(c, v', msg)
    {
      if msg in v.network.sentMsgs {
        var i, inMsg := SendTokenSkolemization(c, v, msg);
        assert v'.ValidHistoryIdxStrict(i);
        assert StationHost.ReceiveTokenSendToken(c.station[msg.Src()], v'.History(i).station[msg.Src()], v'.History(i + 1).station[msg.Src()], inMsg, msg);
      } else {
        var dsStep :| NextStep(c, v.Last(), v'.Last(), v.network, v'.network, dsStep);
        var i := |v.history| - 1;
        assert v'.ValidHistoryIdxStrict(i);
        var inMsg := dsStep.msgOps.recv.value;
        assert StationHost.ReceiveTokenSendToken(c.station[msg.Src()], v'.History(i).station[msg.Src()], v'.History(i + 1).station[msg.Src()], inMsg, msg);
      }
    }
  }

  // Every Vote was sent by SendVote of the host it names.
  ghost predicate SendVoteValidity(c: Constants, v: Variables)
    requires v.WF(c)
    requires ValidMessages(c, v)
  {
    forall msg | msg in v.network.sentMsgs && msg.Vote? :: SendVoteValidityBody(c, v, msg)
  }

  ghost predicate SendVoteValidityBody(c: Constants, v: Variables, msg: Message)
    requires v.WF(c)
    requires 0 <= msg.Src() < |c.station|
  {
    exists i: nat ::
      && v.ValidHistoryIdxStrict(i)
      && 0 <= msg.Src() < |c.station|
      && StationHost.SendVote(c.station[msg.Src()], v.History(i).station[msg.Src()], v.History(i + 1).station[msg.Src()], msg)
  }

  lemma SendVoteSkolemization(c: Constants, v: Variables, msg: Message) returns (i: nat)
    requires v.WF(c)
    requires ValidMessages(c, v)
    requires SendVoteValidity(c, v)
    requires msg in v.network.sentMsgs
    requires msg.Vote?
    ensures v.ValidHistoryIdxStrict(i)
    ensures 0 <= msg.Src() < |c.station|
    ensures StationHost.SendVote(c.station[msg.Src()], v.History(i).station[msg.Src()], v.History(i + 1).station[msg.Src()], msg)
  {
    assert SendVoteValidityBody(c, v, msg);
    i :|
      && v.ValidHistoryIdxStrict(i)
      && 0 <= msg.Src() < |c.station|
      && StationHost.SendVote(c.station[msg.Src()], v.History(i).station[msg.Src()], v.History(i + 1).station[msg.Src()], msg);
  }

  lemma InvNextSendVoteValidity(c: Constants, v: Variables, v': Variables)
    requires v.WF(c) && v'.WF(c)
    requires ValidMessages(c, v) && ValidMessages(c, v')
    requires SendVoteValidity(c, v)
    requires Next(c, v, v')
    ensures SendVoteValidity(c, v')
  {
    VariableNextProperties(c, v, v');
    forall msg | msg in v'.network.sentMsgs && msg.Vote?
      ensures SendVoteValidityBody(c, v', msg)
    {
      if msg in v.network.sentMsgs {
        var i := SendVoteSkolemization(c, v, msg);
        assert v'.ValidHistoryIdxStrict(i);
        assert StationHost.SendVote(c.station[msg.Src()], v'.History(i).station[msg.Src()], v'.History(i + 1).station[msg.Src()], msg);
      } else {
        var dsStep :| NextStep(c, v.Last(), v'.Last(), v.network, v'.network, dsStep);
        var i := |v.history| - 1;
        assert v'.ValidHistoryIdxStrict(i);
        assert StationHost.SendVote(c.station[msg.Src()], v'.History(i).station[msg.Src()], v'.History(i + 1).station[msg.Src()], msg);
      }
    }
  }

  // Every Tally was sent by SendTally of the host it names.
  ghost predicate SendTallyValidity(c: Constants, v: Variables)
    requires v.WF(c)
    requires ValidMessages(c, v)
  {
    forall msg | msg in v.network.sentMsgs && msg.Tally? :: SendTallyValidityBody(c, v, msg)
  }

  ghost predicate SendTallyValidityBody(c: Constants, v: Variables, msg: Message)
    requires v.WF(c)
    requires 0 <= msg.Src() < |c.teller|
  {
    exists i: nat ::
      && v.ValidHistoryIdxStrict(i)
      && 0 <= msg.Src() < |c.teller|
      && TellerHost.SendTally(c.teller[msg.Src()], v.History(i).teller[msg.Src()], v.History(i + 1).teller[msg.Src()], msg)
  }

  lemma SendTallySkolemization(c: Constants, v: Variables, msg: Message) returns (i: nat)
    requires v.WF(c)
    requires ValidMessages(c, v)
    requires SendTallyValidity(c, v)
    requires msg in v.network.sentMsgs
    requires msg.Tally?
    ensures v.ValidHistoryIdxStrict(i)
    ensures 0 <= msg.Src() < |c.teller|
    ensures TellerHost.SendTally(c.teller[msg.Src()], v.History(i).teller[msg.Src()], v.History(i + 1).teller[msg.Src()], msg)
  {
    assert SendTallyValidityBody(c, v, msg);
    i :|
      && v.ValidHistoryIdxStrict(i)
      && 0 <= msg.Src() < |c.teller|
      && TellerHost.SendTally(c.teller[msg.Src()], v.History(i).teller[msg.Src()], v.History(i + 1).teller[msg.Src()], msg);
  }

  lemma InvNextSendTallyValidity(c: Constants, v: Variables, v': Variables)
    requires v.WF(c) && v'.WF(c)
    requires ValidMessages(c, v) && ValidMessages(c, v')
    requires SendTallyValidity(c, v)
    requires Next(c, v, v')
    ensures SendTallyValidity(c, v')
  {
    VariableNextProperties(c, v, v');
    forall msg | msg in v'.network.sentMsgs && msg.Tally?
      ensures SendTallyValidityBody(c, v', msg)
    {
      if msg in v.network.sentMsgs {
        var i := SendTallySkolemization(c, v, msg);
        assert v'.ValidHistoryIdxStrict(i);
        assert TellerHost.SendTally(c.teller[msg.Src()], v'.History(i).teller[msg.Src()], v'.History(i + 1).teller[msg.Src()], msg);
      } else {
        var dsStep :| NextStep(c, v.Last(), v'.Last(), v.network, v'.network, dsStep);
        var i := |v.history| - 1;
        assert v'.ValidHistoryIdxStrict(i);
        assert TellerHost.SendTally(c.teller[msg.Src()], v'.History(i).teller[msg.Src()], v'.History(i + 1).teller[msg.Src()], msg);
      }
    }
  }

  // A StationHost that has left its initial state did so by a step, and received only what was sent.
  ghost predicate {:opaque} StationHostReceiveValidity(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall idx: int, i: nat
      | 0 <= idx < |c.station| && v.ValidHistoryIdx(i) && v.History(i).station[idx] != v.History(0).station[idx]
      :: StationHostReceiveValidityPost(c, v, i, idx)
  }

  ghost predicate {:opaque} StationHostReceiveValidityPost(c: Constants, v: Variables, i: nat, idx: int)
    requires v.WF(c)
    requires v.ValidHistoryIdx(i)
    requires 0 <= idx < |c.station|
  {
    exists j: nat, step: StationHost.Step, msgOps: MessageOps :: StationHostCausedBy(c, v, i, idx, j, step, msgOps)
  }

  ghost predicate StationHostCausedBy(c: Constants, v: Variables, i: nat, idx: int, j: nat, step: StationHost.Step, msgOps: MessageOps)
    requires v.WF(c)
    requires v.ValidHistoryIdx(i)
    requires 0 <= idx < |c.station|
  {
    && j < i
    && v.ValidHistoryIdxStrict(j)
    && v.History(j).station[idx] != v.History(j + 1).station[idx]
    && v.History(j + 1).station[idx] == v.History(i).station[idx]
    && StationHost.NextStep(c.station[idx], v.History(j).station[idx], v.History(j + 1).station[idx], step, msgOps)
    && (msgOps.recv.Some? ==> ExistingMessage(v, msgOps.recv.value))
  }

  lemma StationHostReceiveSkolemization(c: Constants, v: Variables, i: nat, idx: int) returns (j: nat, step: StationHost.Step, msgOps: MessageOps)
    requires v.WF(c)
    requires StationHostReceiveValidity(c, v)
    requires v.ValidHistoryIdx(i)
    requires 0 <= idx < |c.station|
    requires v.History(i).station[idx] != v.History(0).station[idx]
    ensures j < i
    ensures v.ValidHistoryIdxStrict(j)
    ensures v.History(j).station[idx] != v.History(j + 1).station[idx]
    ensures v.History(j + 1).station[idx] == v.History(i).station[idx]
    ensures StationHost.NextStep(c.station[idx], v.History(j).station[idx], v.History(j + 1).station[idx], step, msgOps)
    ensures msgOps.recv.Some? ==> msgOps.recv.value in v.network.sentMsgs
  {
    reveal_StationHostReceiveValidity();
    reveal_StationHostReceiveValidityPost();
    reveal_ExistingMessage();
    assert StationHostReceiveValidityPost(c, v, i, idx);
    j, step, msgOps :| StationHostCausedBy(c, v, i, idx, j, step, msgOps);
  }

  lemma InvNextStationHostReceiveValidity(c: Constants, v: Variables, v': Variables)
    requires v.WF(c) && v'.WF(c)
    requires StationHostReceiveValidity(c, v)
    requires Next(c, v, v')
    ensures StationHostReceiveValidity(c, v')
  {
    reveal_StationHostReceiveValidity();
    reveal_StationHostReceiveValidityPost();
    reveal_ExistingMessage();
    VariableNextProperties(c, v, v');
    forall idx: int, i: nat
      | 0 <= idx < |c.station| && v'.ValidHistoryIdx(i) && v'.History(i).station[idx] != v'.History(0).station[idx]
      ensures StationHostReceiveValidityPost(c, v', i, idx)
    {
      var last := |v.history| - 1;
      if i <= last || v'.History(i).station[idx] == v.Last().station[idx] {
        var before := if i <= last then i else last;
        var j, step, msgOps := StationHostReceiveSkolemization(c, v, before, idx);
        assert StationHostCausedBy(c, v', i, idx, j, step, msgOps);
      } else {
        var dsStep :| NextStep(c, v.Last(), v'.Last(), v.network, v'.network, dsStep);
        var step :| StationHost.NextStep(c.station[idx], v.Last().station[idx], v'.Last().station[idx], step, dsStep.msgOps);
        assert StationHostCausedBy(c, v', i, idx, last, step, dsStep.msgOps);
      }
    }
  }

  // A TellerHost that has left its initial state did so by a step, and received only what was sent.
  ghost predicate {:opaque} TellerHostReceiveValidity(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall idx: int, i: nat
      | 0 <= idx < |c.teller| && v.ValidHistoryIdx(i) && v.History(i).teller[idx] != v.History(0).teller[idx]
      :: TellerHostReceiveValidityPost(c, v, i, idx)
  }

  ghost predicate {:opaque} TellerHostReceiveValidityPost(c: Constants, v: Variables, i: nat, idx: int)
    requires v.WF(c)
    requires v.ValidHistoryIdx(i)
    requires 0 <= idx < |c.teller|
  {
    exists j: nat, step: TellerHost.Step, msgOps: MessageOps :: TellerHostCausedBy(c, v, i, idx, j, step, msgOps)
  }

  ghost predicate TellerHostCausedBy(c: Constants, v: Variables, i: nat, idx: int, j: nat, step: TellerHost.Step, msgOps: MessageOps)
    requires v.WF(c)
    requires v.ValidHistoryIdx(i)
    requires 0 <= idx < |c.teller|
  {
    && j < i
    && v.ValidHistoryIdxStrict(j)
    && v.History(j).teller[idx] != v.History(j + 1).teller[idx]
    && v.History(j + 1).teller[idx] == v.History(i).teller[idx]
    && TellerHost.NextStep(c.teller[idx], v.History(j).teller[idx], v.History(j + 1).teller[idx], step, msgOps)
    && (msgOps.recv.Some? ==> ExistingMessage(v, msgOps.recv.value))
  }

  lemma TellerHostReceiveSkolemization(c: Constants, v: Variables, i: nat, idx: int) returns (j: nat, step: TellerHost.Step, msgOps: MessageOps)
    requires v.WF(c)
    requires TellerHostReceiveValidity(c, v)
    requires v.ValidHistoryIdx(i)
    requires 0 <= idx < |c.teller|
    requires v.History(i).teller[idx] != v.History(0).teller[idx]
    ensures j < i
    ensures v.ValidHistoryIdxStrict(j)
    ensures v.History(j).teller[idx] != v.History(j + 1).teller[idx]
    ensures v.History(j + 1).teller[idx] == v.History(i).teller[idx]
    ensures TellerHost.NextStep(c.teller[idx], v.History(j).teller[idx], v.History(j + 1).teller[idx], step, msgOps)
    ensures msgOps.recv.Some? ==> msgOps.recv.value in v.network.sentMsgs
  {
    reveal_TellerHostReceiveValidity();
    reveal_TellerHostReceiveValidityPost();
    reveal_ExistingMessage();
    assert TellerHostReceiveValidityPost(c, v, i, idx);
    j, step, msgOps :| TellerHostCausedBy(c, v, i, idx, j, step, msgOps);
  }

  lemma InvNextTellerHostReceiveValidity(c: Constants, v: Variables, v': Variables)
    requires v.WF(c) && v'.WF(c)
    requires TellerHostReceiveValidity(c, v)
    requires Next(c, v, v')
    ensures TellerHostReceiveValidity(c, v')
  {
    reveal_TellerHostReceiveValidity();
    reveal_TellerHostReceiveValidityPost();
    reveal_ExistingMessage();
    VariableNextProperties(c, v, v');
    forall idx: int, i: nat
      | 0 <= idx < |c.teller| && v'.ValidHistoryIdx(i) && v'.History(i).teller[idx] != v'.History(0).teller[idx]
      ensures TellerHostReceiveValidityPost(c, v', i, idx)
    {
      var last := |v.history| - 1;
      if i <= last || v'.History(i).teller[idx] == v.Last().teller[idx] {
        var before := if i <= last then i else last;
        var j, step, msgOps := TellerHostReceiveSkolemization(c, v, before, idx);
        assert TellerHostCausedBy(c, v', i, idx, j, step, msgOps);
      } else {
        var dsStep :| NextStep(c, v.Last(), v'.Last(), v.network, v'.network, dsStep);
        var step :| TellerHost.NextStep(c.teller[idx], v.Last().teller[idx], v'.Last().teller[idx], step, dsStep.msgOps);
        assert TellerHostCausedBy(c, v', i, idx, last, step, dsStep.msgOps);
      }
    }
  }

  ghost predicate MessageInv(c: Constants, v: Variables)
  {
    && v.WF(c)
    && ValidVariables(c, v)
    && ValidMessages(c, v)
    && SendTokenValidity(c, v)
    && SendVoteValidity(c, v)
    && SendTallyValidity(c, v)
    && StationHostReceiveValidity(c, v)
    && TellerHostReceiveValidity(c, v)
  }

  lemma InitImpliesMessageInv(c: Constants, v: Variables)
    requires Init(c, v)
    ensures MessageInv(c, v)
  {
    InitImpliesValidVariables(c, v);
    reveal_StationHostReceiveValidity();
    reveal_TellerHostReceiveValidity();
  }

  lemma InvNextValidMessages(c: Constants, v: Variables, v': Variables)
    requires v.WF(c) && v'.WF(c)
    requires ValidMessages(c, v)
    requires Next(c, v, v')
    ensures ValidMessages(c, v')
  {
    VariableNextProperties(c, v, v');
    forall msg | msg in v'.network.sentMsgs && msg !in v.network.sentMsgs
      ensures
        && (msg.Token? ==> 0 <= msg.Src() < |c.station|)
        && (msg.Vote? ==> 0 <= msg.Src() < |c.station|)
        && (msg.Tally? ==> 0 <= msg.Src() < |c.teller|)
    {
      var dsStep :| NextStep(c, v.Last(), v'.Last(), v.network, v'.network, dsStep);
    }
  }

  lemma MessageInvInductive(c: Constants, v: Variables, v': Variables)
    requires MessageInv(c, v)
    requires Next(c, v, v')
    ensures MessageInv(c, v')
  {
    InvNextValidVariables(c, v, v');
    InvNextValidMessages(c, v, v');
    InvNextSendTokenValidity(c, v, v');
    InvNextSendVoteValidity(c, v, v');
    InvNextSendTallyValidity(c, v, v');
    InvNextStationHostReceiveValidity(c, v, v');
    InvNextTellerHostReceiveValidity(c, v, v');
  }

  ghost predicate NextStartStepWitnessCondition(
    c: Constants, v: Variables, i: nat, idx: int, a1: Option<Cargo>)
    requires v.WF(c)
    requires v.ValidHistoryIdx(i)
    requires 0 <= idx < |c.station|
  {
    && a1 == v.History(i).station[idx].inner.cargo
    && (v.History(i).station[idx].inner.cargo != v.History(0).station[idx].inner.cargo)
  }

  lemma NextStartStepStepSkolemization(c: Constants, v: Variables, i: nat, idx: int, a1: Option<Cargo>)
    returns (j: nat, step: StationHost.Step, msgOps: MessageOps)
    requires v.WF(c)
    requires ValidHistory(c, v)
    requires StationHostReceiveValidity(c, v)
    requires v.ValidHistoryIdx(i)
    requires 0 <= idx < |c.station|
    requires NextStartStepWitnessCondition(c, v, i, idx, a1)
    ensures j < i
    ensures v.ValidHistoryIdx(j)
    ensures v.ValidHistoryIdx(j + 1)
    ensures !NextStartStepWitnessCondition(c, v, j, idx, a1)
    ensures NextStartStepWitnessCondition(c, v, j + 1, idx, a1)
    ensures StationHost.NextStep(c.station[idx], v.History(j).station[idx], v.History(j + 1).station[idx], step, msgOps)
    ensures msgOps.recv.Some? ==> msgOps.recv.value in v.network.sentMsgs
    ensures step.StartStep?
    decreases i
  {
    var xj, xstep, xmsgOps := StationHostReceiveSkolemization(c, v, i, idx);
    if NextStartStepWitnessCondition(c, v, xj, idx, a1) {
      j, step, msgOps := NextStartStepStepSkolemization(c, v, xj, idx, a1);
    } else {
      j, step, msgOps := xj, xstep, xmsgOps;
    }
  }

  ghost predicate ReceiveTokenSendTokenWitnessCondition(
    c: Constants, v: Variables, i: nat, idx: int, a1: Round)
    requires v.WF(c)
    requires v.ValidHistoryIdx(i)
    requires 0 <= idx < |c.station|
  {
    && a1 in v.History(i).station[idx].inner.rounds
    && (v.History(i).station[idx].inner.rounds != v.History(0).station[idx].inner.rounds)
  }

  lemma ReceiveTokenSendTokenStepSkolemization(c: Constants, v: Variables, i: nat, idx: int, a1: Round)
    returns (j: nat, inMsg: Message, outMsg: Message)
    requires v.WF(c)
    requires ValidHistory(c, v)
    requires StationHostReceiveValidity(c, v)
    requires v.ValidHistoryIdx(i)
    requires 0 <= idx < |c.station|
    requires ReceiveTokenSendTokenWitnessCondition(c, v, i, idx, a1)
    ensures j < i
    ensures v.ValidHistoryIdx(j)
    ensures v.ValidHistoryIdx(j + 1)
    ensures !ReceiveTokenSendTokenWitnessCondition(c, v, j, idx, a1)
    ensures ReceiveTokenSendTokenWitnessCondition(c, v, j + 1, idx, a1)
    ensures inMsg in v.network.sentMsgs
    ensures StationHost.ReceiveTokenSendToken(c.station[idx], v.History(j).station[idx], v.History(j + 1).station[idx], inMsg, outMsg)
    decreases i
  {
    var xj, xstep, xmsgOps := StationHostReceiveSkolemization(c, v, i, idx);
    if ReceiveTokenSendTokenWitnessCondition(c, v, xj, idx, a1) {
      j, inMsg, outMsg := ReceiveTokenSendTokenStepSkolemization(c, v, xj, idx, a1);
    } else {
      j, inMsg, outMsg := xj, xmsgOps.recv.value, if xmsgOps.send.Some? then xmsgOps.send.value else xmsgOps.recv.value;
    }
  }

  ghost predicate SendVoteRestStepWitnessCondition(
    c: Constants, v: Variables, i: nat, idx: int, a1: bool)
    requires v.WF(c)
    requires v.ValidHistoryIdx(i)
    requires 0 <= idx < |c.station|
  {
    && a1 == v.History(i).station[idx].voted
    && (v.History(i).station[idx].voted != v.History(0).station[idx].voted)
  }

  lemma SendVoteRestStepStepSkolemization(c: Constants, v: Variables, i: nat, idx: int, a1: bool)
    returns (j: nat, step: StationHost.Step, msgOps: MessageOps)
    requires v.WF(c)
    requires ValidHistory(c, v)
    requires StationHostReceiveValidity(c, v)
    requires v.ValidHistoryIdx(i)
    requires 0 <= idx < |c.station|
    requires SendVoteRestStepWitnessCondition(c, v, i, idx, a1)
    ensures j < i
    ensures v.ValidHistoryIdx(j)
    ensures v.ValidHistoryIdx(j + 1)
    ensures !SendVoteRestStepWitnessCondition(c, v, j, idx, a1)
    ensures SendVoteRestStepWitnessCondition(c, v, j + 1, idx, a1)
    ensures StationHost.NextStep(c.station[idx], v.History(j).station[idx], v.History(j + 1).station[idx], step, msgOps)
    ensures msgOps.recv.Some? ==> msgOps.recv.value in v.network.sentMsgs
    ensures 
      || (msgOps.send.Some? && StationHost.SendVote(c.station[idx], v.History(j).station[idx], v.History(j + 1).station[idx], msgOps.send.value))
      || step.RestStep?
    decreases i
  {
    var xj, xstep, xmsgOps := StationHostReceiveSkolemization(c, v, i, idx);
    if SendVoteRestStepWitnessCondition(c, v, xj, idx, a1) {
      j, step, msgOps := SendVoteRestStepStepSkolemization(c, v, xj, idx, a1);
    } else {
      j, step, msgOps := xj, xstep, xmsgOps;
    }
  }

  ghost predicate ReceiveVoteWitnessCondition(
    c: Constants, v: Variables, i: nat, idx: int, a1: Round, a2: StationId, a3: nat)
    requires v.WF(c)
    requires v.ValidHistoryIdx(i)
    requires 0 <= idx < |c.teller|
  {
    && a1 in v.History(i).teller[idx].log.seen
    && a2 in v.History(i).teller[idx].log.seen[a1]
    && a3 == v.History(i).teller[idx].log.top
    && (v.History(i).teller[idx].log.seen != v.History(0).teller[idx].log.seen || v.History(i).teller[idx].log.top != v.History(0).teller[idx].log.top)
  }

  lemma ReceiveVoteStepSkolemization(c: Constants, v: Variables, i: nat, idx: int, a1: Round, a2: StationId, a3: nat)
    returns (j: nat, inMsg: Message)
    requires v.WF(c)
    requires ValidHistory(c, v)
    requires TellerHostReceiveValidity(c, v)
    requires v.ValidHistoryIdx(i)
    requires 0 <= idx < |c.teller|
    requires ReceiveVoteWitnessCondition(c, v, i, idx, a1, a2, a3)
    ensures j < i
    ensures v.ValidHistoryIdx(j)
    ensures v.ValidHistoryIdx(j + 1)
    ensures !ReceiveVoteWitnessCondition(c, v, j, idx, a1, a2, a3)
    ensures ReceiveVoteWitnessCondition(c, v, j + 1, idx, a1, a2, a3)
    ensures inMsg in v.network.sentMsgs
    ensures TellerHost.ReceiveVote(c.teller[idx], v.History(j).teller[idx], v.History(j + 1).teller[idx], inMsg)
    decreases i
  {
    var xj, xstep, xmsgOps := TellerHostReceiveSkolemization(c, v, i, idx);
    if ReceiveVoteWitnessCondition(c, v, xj, idx, a1, a2, a3) {
      j, inMsg := ReceiveVoteStepSkolemization(c, v, xj, idx, a1, a2, a3);
    } else {
      j, inMsg := xj, xmsgOps.recv.value;
    }
  }

  ghost predicate SendTallyWitnessCondition(
    c: Constants, v: Variables, i: nat, idx: int, a1: int, a2: Round, a3: Option<Round>)
    requires v.WF(c)
    requires v.ValidHistoryIdx(i)
    requires 0 <= idx < |c.teller|
  {
    && 0 <= a1 < |v.History(i).teller[idx].said|
    && a2 == v.History(i).teller[idx].said[a1]
    && a3 == v.History(i).teller[idx].latest
    && (v.History(i).teller[idx].said != v.History(0).teller[idx].said || v.History(i).teller[idx].latest != v.History(0).teller[idx].latest)
  }

  lemma SendTallyStepSkolemization(c: Constants, v: Variables, i: nat, idx: int, a1: int, a2: Round, a3: Option<Round>)
    returns (j: nat, step: TellerHost.Step, msgOps: MessageOps)
    requires v.WF(c)
    requires ValidHistory(c, v)
    requires TellerHostReceiveValidity(c, v)
    requires v.ValidHistoryIdx(i)
    requires 0 <= idx < |c.teller|
    requires SendTallyWitnessCondition(c, v, i, idx, a1, a2, a3)
    ensures j < i
    ensures v.ValidHistoryIdx(j)
    ensures v.ValidHistoryIdx(j + 1)
    ensures !SendTallyWitnessCondition(c, v, j, idx, a1, a2, a3)
    ensures SendTallyWitnessCondition(c, v, j + 1, idx, a1, a2, a3)
    ensures TellerHost.NextStep(c.teller[idx], v.History(j).teller[idx], v.History(j + 1).teller[idx], step, msgOps)
    ensures msgOps.recv.Some? ==> msgOps.recv.value in v.network.sentMsgs
    ensures (msgOps.send.Some? && TellerHost.SendTally(c.teller[idx], v.History(j).teller[idx], v.History(j + 1).teller[idx], msgOps.send.value))
    decreases i
  {
    var xj, xstep, xmsgOps := TellerHostReceiveSkolemization(c, v, i, idx);
    if SendTallyWitnessCondition(c, v, xj, idx, a1, a2, a3) {
      j, step, msgOps := SendTallyStepSkolemization(c, v, xj, idx, a1, a2, a3);
    } else {
      j, step, msgOps := xj, xstep, xmsgOps;
    }
  }
}
