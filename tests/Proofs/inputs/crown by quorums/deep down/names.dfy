include "../../shared things/deep/utils.dfy"
include "../../shared things/monotone/grow.dfy"

module Types {
  import opened UtilitiesLibrary
  import opened MonotonicityLibrary

  type VoterId = nat
  type Ballot = nat

  // Who has backed which ballot; grows pointwise.
  datatype MonotonicBacking = MonotonicBacking(m: map<Ballot, set<VoterId>>) {
    ghost predicate SatisfiesMonotonic(past: MonotonicBacking) {
      forall b | b in past.m :: b in m && past.m[b] <= m[b]
    }
  }

  datatype MonotonicPeak = NoPeak | Peak(top: Ballot, name: nat) {
    ghost predicate SatisfiesMonotonic(past: MonotonicPeak) {
      past.Peak? ==> Peak? && past.top <= top
    }
  }

  datatype Inner = Inner(peak: MonotonicPeak, heard: nat)

  datatype Message =
    | Ask(ballot: Ballot)
    | Back(voter: VoterId, ballot: Ballot)
    | Crowned(ballot: Ballot)
  {
    ghost function Src(): nat {
      match this
        case Ask(b) => b
        case Back(v, _) => v
        case Crowned(b) => b
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
