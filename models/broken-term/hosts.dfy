include "types.dfy"

// Terms as in Raft: a node stands in a term above its own, votes once a term, and leads a term that more than half of
// the nodes gave their vote in. Whatever shows it a later term takes votes and leadership from it.
module NodeHost {
  import opened UtilitiesLibrary
  import opened Types

  datatype Constants = Constants(id: NodeId, size: nat)

  datatype Variables = Variables(vote: MonotonicVote, supporters: set<NodeId>, leading: bool) {
    ghost predicate WF(c: Constants) {
      true
    }
  }

  ghost predicate GroupWFConstants(grp_c: seq<Constants>) {
    && 0 < |grp_c|
    && (forall i: nat | i < |grp_c| :: grp_c[i].id == i && grp_c[i].size == |grp_c|)
  }

  ghost predicate GroupWF(grp_c: seq<Constants>, grp_v: seq<Variables>) {
    && |grp_v| == |grp_c|
    && (forall i | 0 <= i < |grp_c| :: grp_v[i].WF(grp_c[i]))
  }

  ghost predicate GroupInit(grp_c: seq<Constants>, grp_v: seq<Variables>)
    requires GroupWF(grp_c, grp_v)
  {
    forall i | 0 <= i < |grp_c| :: Init(grp_c[i], grp_v[i])
  }

  ghost predicate Init(c: Constants, v: Variables) {
    && v.vote == MonotonicVote(0, None)
    && v.supporters == {}
    && !v.leading
  }

  datatype Step = CampaignStep() | AdvanceStep() | GiveVoteStep() | CountStep() | LeadStep() | StutterStep()

  ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
    match step
      case CampaignStep => NextCampaignStep(c, v, v', msgOps)
      case AdvanceStep => NextAdvanceStep(c, v, v', msgOps)
      case GiveVoteStep => NextGiveVoteStep(c, v, v', msgOps)
      case CountStep => NextCountStep(c, v, v', msgOps)
      case LeadStep => NextLeadStep(c, v, v', msgOps)
      case StutterStep => v' == v && msgOps.recv == msgOps.send == None
  }

  ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    exists step :: NextStep(c, v, v', step, msgOps)
  }

  ghost predicate NextCampaignStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.Some?
    && SendCampaign(c, v, v', msgOps.send.value)
  }

  ghost predicate SendCampaign(c: Constants, v: Variables, v': Variables, outMsg: Message) {
    && outMsg == Campaign(c.id, v.vote.term + 1)
    && v' == v.(vote := MonotonicVote(v.vote.term + 1, Some(c.id)), supporters := {c.id}, leading := false)
  }

  ghost predicate NextAdvanceStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveCampaign(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveCampaign(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Campaign?
    && v.vote.term < inMsg.term
    && v' == v.(vote := MonotonicVote(inMsg.term, None), supporters := {}, leading := false)
  }

  ghost predicate NextGiveVoteStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.Some?
    && ReceiveCampaignSendVote(c, v, v', msgOps.recv.value, msgOps.send.value)
  }

  ghost predicate ReceiveCampaignSendVote(c: Constants, v: Variables, v': Variables, inMsg: Message, outMsg: Message) {
    && inMsg.Campaign?
    && inMsg.term == v.vote.term
    && v.vote.choice.Some?
    && outMsg == Vote(c.id, inMsg.term, inMsg.candidate)
    && v' == v.(vote := MonotonicVote(inMsg.term, Some(inMsg.candidate)))
  }

  ghost predicate NextCountStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.Some?
    && msgOps.send.None?
    && ReceiveVote(c, v, v', msgOps.recv.value)
  }

  ghost predicate ReceiveVote(c: Constants, v: Variables, v': Variables, inMsg: Message) {
    && inMsg.Vote?
    && inMsg.candidate == c.id
    && inMsg.term == v.vote.term
    && v' == v.(supporters := v.supporters + {inMsg.voter})
  }

  ghost predicate NextLeadStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
    && msgOps.recv.None?
    && msgOps.send.None?
    && v.vote.choice == Some(c.id)
    && 2 * |v.supporters| > c.size
    && v' == v.(leading := true)
  }
}
