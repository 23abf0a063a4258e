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

// One server and its clients. Every step appends a snapshot of all hosts to the history.
module DistributedSystem {
  import opened UtilitiesLibrary
  import opened Types
  import Network
  import ServerHost
  import ClientHost

  datatype Constants = Constants(
    servers: seq<ServerHost.Constants>,
    clients: seq<ClientHost.Constants>
  ) {
    ghost predicate WF() {
      && ServerHost.GroupWFConstants(servers)
      && ClientHost.GroupWFConstants(clients)
    }
  }

  datatype Hosts = Hosts(
    servers: seq<ServerHost.Variables>,
    clients: seq<ClientHost.Variables>
  ) {
    ghost predicate WF(c: Constants) {
      && c.WF()
      && ServerHost.GroupWF(c.servers, servers)
      && ClientHost.GroupWF(c.clients, clients)
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
    && ServerHost.GroupInit(c.servers, h.servers)
    && ClientHost.GroupInit(c.clients, h.clients)
  }

  ghost predicate Init(c: Constants, v: Variables) {
    && v.WF(c)
    && |v.history| == 1
    && InitHosts(c, v.History(0))
    && Network.Init(v.network)
  }

  datatype Step =
    | ServerStep(actor: nat, msgOps: MessageOps)
    | ClientStep(actor: nat, msgOps: MessageOps)

  ghost predicate NextServerStep(c: Constants, h: Hosts, h': Hosts, actor: nat, msgOps: MessageOps)
    requires h.WF(c) && h'.WF(c)
  {
    && actor < |c.servers|
    && ServerHost.Next(c.servers[actor], h.servers[actor], h'.servers[actor], msgOps)
    && (forall other: nat | other < |c.servers| && other != actor :: h'.servers[other] == h.servers[other])
    && h'.clients == h.clients
  }

  ghost predicate NextClientStep(c: Constants, h: Hosts, h': Hosts, actor: nat, msgOps: MessageOps)
    requires h.WF(c) && h'.WF(c)
  {
    && actor < |c.clients|
    && ClientHost.Next(c.clients[actor], h.clients[actor], h'.clients[actor], msgOps)
    && (forall other: nat | other < |c.clients| && other != actor :: h'.clients[other] == h.clients[other])
    && h'.servers == h.servers
  }

  ghost predicate NextStep(c: Constants, h: Hosts, h': Hosts, n: Network.Variables, n': Network.Variables, step: Step)
    requires h.WF(c) && h'.WF(c)
  {
    && Network.Next(n, n', step.msgOps)
    && match step
      case ServerStep(actor, msgOps) => NextServerStep(c, h, h', actor, msgOps)
      case ClientStep(actor, msgOps) => NextClientStep(c, h, h', actor, msgOps)
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
