include "hosts.dfy"

// The network only ever grows: a message may be delivered late, twice, out of order or never.
module Network {
  import opened UtilitiesLibrary
  import opened Types

  datatype Variables = Variables(sentMsgs: set<Message>)

  ghost predicate Init(v: Variables) {
    v.sentMsgs == {}
  }

  ghost predicate Next(v: Variables, v': Variables, msgOps: MessageOps) {
    && (msgOps.recv.Some? ==> msgOps.recv.value in v.sentMsgs)
    && v'.sentMsgs == v.sentMsgs + (if msgOps.send.Some? then {msgOps.send.value} else {})
  }
}

// One orderer, the shards and their readers. Every step appends a snapshot of all hosts to the history.
module DistributedSystem {
  import opened UtilitiesLibrary
  import opened Types
  import Network
  import OrdererHost
  import ShardHost
  import ReaderHost

  datatype Constants = Constants(
    orderers: seq<OrdererHost.Constants>,
    shards: seq<ShardHost.Constants>,
    readers: seq<ReaderHost.Constants>
  ) {
    ghost predicate WF() {
      && OrdererHost.GroupWFConstants(orderers, |shards|)
      && ShardHost.GroupWFConstants(shards)
      && ReaderHost.GroupWFConstants(readers, |shards|)
    }
  }

  datatype Hosts = Hosts(
    orderers: seq<OrdererHost.Variables>,
    shards: seq<ShardHost.Variables>,
    readers: seq<ReaderHost.Variables>
  ) {
    ghost predicate WF(c: Constants) {
      && c.WF()
      && OrdererHost.GroupWF(c.orderers, orderers)
      && ShardHost.GroupWF(c.shards, shards)
      && ReaderHost.GroupWF(c.readers, readers)
    }
  }

  datatype Variables = Variables(
    history: seq<Hosts>,
    network: Network.Variables
  ) {
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
      ensures h == History(|history| - 1)
    {
      history[|history| - 1]
    }
  }

  ghost predicate InitHosts(c: Constants, h: Hosts)
    requires h.WF(c)
  {
    && OrdererHost.GroupInit(c.orderers, h.orderers)
    && ShardHost.GroupInit(c.shards, h.shards)
    && ReaderHost.GroupInit(c.readers, h.readers)
  }

  ghost predicate Init(c: Constants, v: Variables) {
    && v.WF(c)
    && |v.history| == 1
    && InitHosts(c, v.History(0))
    && Network.Init(v.network)
  }

  datatype Step =
    | OrdererStep(actor: nat, msgOps: MessageOps)
    | ShardStep(actor: nat, msgOps: MessageOps)
    | ReaderStep(actor: nat, msgOps: MessageOps)

  ghost predicate NextOrdererStep(c: Constants, h: Hosts, h': Hosts, actor: nat, msgOps: MessageOps)
    requires h.WF(c) && h'.WF(c)
  {
    && actor < |c.orderers|
    && OrdererHost.Next(c.orderers[actor], h.orderers[actor], h'.orderers[actor], msgOps)
    && (forall other: nat | other < |c.orderers| && other != actor :: h'.orderers[other] == h.orderers[other])
    && h'.shards == h.shards
    && h'.readers == h.readers
  }

  ghost predicate NextShardStep(c: Constants, h: Hosts, h': Hosts, actor: nat, msgOps: MessageOps)
    requires h.WF(c) && h'.WF(c)
  {
    && actor < |c.shards|
    && ShardHost.Next(c.shards[actor], h.shards[actor], h'.shards[actor], msgOps)
    && (forall other: nat | other < |c.shards| && other != actor :: h'.shards[other] == h.shards[other])
    && h'.orderers == h.orderers
    && h'.readers == h.readers
  }

  ghost predicate NextReaderStep(c: Constants, h: Hosts, h': Hosts, actor: nat, msgOps: MessageOps)
    requires h.WF(c) && h'.WF(c)
  {
    && actor < |c.readers|
    && ReaderHost.Next(c.readers[actor], h.readers[actor], h'.readers[actor], msgOps)
    && (forall other: nat | other < |c.readers| && other != actor :: h'.readers[other] == h.readers[other])
    && h'.orderers == h.orderers
    && h'.shards == h.shards
  }

  ghost predicate NextStep(c: Constants, h: Hosts, h': Hosts, n: Network.Variables, n': Network.Variables, step: Step)
    requires h.WF(c) && h'.WF(c)
  {
    && Network.Next(n, n', step.msgOps)
    && match step
      case OrdererStep(actor, msgOps) => NextOrdererStep(c, h, h', actor, msgOps)
      case ShardStep(actor, msgOps) => NextShardStep(c, h, h', actor, msgOps)
      case ReaderStep(actor, msgOps) => NextReaderStep(c, h, h', actor, msgOps)
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
    ensures ValidHistory(c, v)
  {
    reveal_ValidHistory();
  }

  lemma InvNextValidVariables(c: Constants, v: Variables, v': Variables)
    requires v.WF(c)
    requires ValidHistory(c, v)
    requires Next(c, v, v')
    ensures ValidHistory(c, v')
  {
    reveal_ValidHistory();
    VariableNextProperties(c, v, v');
  }

  lemma VariableNextProperties(c: Constants, v: Variables, v': Variables)
    requires v.WF(c)
    requires Next(c, v, v')
    ensures 1 < |v'.history|
    ensures |v.history| == |v'.history| - 1
    ensures v.Last() == v.History(|v'.history| - 2) == v'.History(|v'.history| - 2)
    ensures forall i | 0 <= i < |v'.history| - 1 :: v.History(i) == v'.History(i)
  {
  }
}
