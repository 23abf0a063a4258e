namespace Outrider.Proofs.Chase;

/// <summary>Lemmas on finite sets of host indices that a chase may call; they stand in the proof itself.</summary>
internal static class Library
{
    public const string FullSet = "ChaseFullSet";
    public const string Quorum = "ChaseQuorum";

    public static string Text => """
          // A set of indices below n has at most n members.
          lemma ChaseSize(s: set<int>, n: nat)
            requires forall x | x in s :: 0 <= x < n
            ensures |s| <= n
          {
            if n == 0 {
              assert s == {};
            } else {
              var rest := s - {n - 1};
              ChaseSize(rest, n - 1);
              assert s == rest || s == rest + {n - 1};
            }
          }

          // With n members it has each of them.
          lemma ChaseFullSet(s: set<int>, n: nat)
            requires forall x | x in s :: 0 <= x < n
            requires n <= |s|
            ensures forall x | 0 <= x < n :: x in s
          {
            forall x | 0 <= x < n ensures x in s {
              if x !in s {
                var grown := s + {x};
                assert |grown| == |s| + 1;
                ChaseSize(grown, n);
              }
            }
          }

          // Two sets that together have more than n members share one.
          lemma ChaseQuorum(a: set<int>, b: set<int>, n: nat) returns (shared: int)
            requires forall x | x in a :: 0 <= x < n
            requires forall x | x in b :: 0 <= x < n
            requires |a| + |b| > n
            ensures shared in a && shared in b
          {
            if a * b == {} {
              assert |a + b| == |a| + |b|;
              ChaseSize(a + b, n);
            }
            shared :| shared in a * b;
          }

        """;
}
