// What every protocol file opens: options, history extension, and the three facts about finite sets of host
// indices that quorum arguments rest on.
module UtilitiesLibrary {
  datatype Option<T> = None | Some(value: T)

  ghost predicate IsSeqExtension<T>(s: seq<T>, s': seq<T>) {
    && |s'| == |s| + 1
    && (forall i | 0 <= i < |s| :: s'[i] == s[i])
  }

  // Sets are over nat and bounded by a predicate rather than given as a comprehension: the solver then never has
  // to guess an index set when it matches these lemmas.
  ghost predicate Below(s: set<nat>, n: nat) {
    forall x | x in s :: x < n
  }

  lemma BelowSize(s: set<nat>, n: nat)
    requires Below(s, n)
    ensures |s| <= n
    decreases n
  {
    if n == 0 {
      if s != {} {
        var x :| x in s;
        assert x < n;
      }
    } else {
      var rest := s - {n - 1};
      assert Below(rest, n - 1);
      BelowSize(rest, n - 1);
      if n - 1 in s {
        assert s == rest + {n - 1};
      } else {
        assert s == rest;
      }
    }
  }

  // A set of n indices below n holds each of them.
  lemma FullSet(s: set<nat>, n: nat)
    requires Below(s, n)
    requires n <= |s|
    ensures forall x: nat | x < n :: x in s
  {
    forall x: nat | x < n ensures x in s {
      if x !in s {
        var grown := s + {x};
        assert |grown| == |s| + 1;
        BelowSize(grown, n);
      }
    }
  }

  lemma UnionSize(a: set<nat>, b: set<nat>)
    requires forall x | x in a :: x !in b
    ensures |a + b| == |a| + |b|
    decreases |b|
  {
    if b == {} {
      assert a + b == a;
    } else {
      var y :| y in b;
      var fewer := b - {y};
      UnionSize(a, fewer);
      assert a + b == (a + fewer) + {y};
    }
  }

  // Two sets whose sizes add up to more than the whole share a member.
  lemma QuorumIntersection(a: set<nat>, b: set<nat>, n: nat) returns (shared: nat)
    requires Below(a, n) && Below(b, n)
    requires |a| + |b| > n
    ensures shared in a && shared in b && shared < n
  {
    if forall x | x in a :: x !in b {
      UnionSize(a, b);
      BelowSize(a + b, n);
    }
    shared :| shared in a && shared in b;
  }
}
