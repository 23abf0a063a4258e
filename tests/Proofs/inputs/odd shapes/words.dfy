// The library has another name for its file, and lies beside the protocol.
module UtilitiesLibrary {
  datatype Option<T> = None | Some(value: T)

  ghost predicate IsSeqExtension<T>(s: seq<T>, s': seq<T>) {
    && |s'| == |s| + 1
    && (forall i | 0 <= i < |s| :: s'[i] == s[i])
  }
}

module Types {
  import opened UtilitiesLibrary

  type StationId = nat
  type Round = nat
  type Cargo(==, !new)

  // A plain wrapper: what counts for provenance is what is in it.
  datatype MonotonicLog = MonotonicLog(seen: map<Round, set<StationId>>, top: nat) {
    ghost predicate SatisfiesMonotonic(past: MonotonicLog) {
      past.top <= top
    }
  }

  datatype Message =
    | Token(from: StationId, round: Round, cargo: Option<Cargo>)
    | Vote(voter: StationId, round: Round)
    | Tally(teller: nat, round: Round)
  {
    ghost function Src(): nat {
      match this
      case Token(from, _, _) => from
      case Vote(voter, _) => voter
      case Tally(teller, _) => teller
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
