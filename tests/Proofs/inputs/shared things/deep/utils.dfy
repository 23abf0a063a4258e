// A library of the protocols beside it; its name and its place are nobody's convention.
module UtilitiesLibrary {
  datatype Option<T> = None | Some(value: T)

  ghost predicate IsSeqExtension<T>(s: seq<T>, s': seq<T>) {
    && |s'| == |s| + 1
    && (forall i | 0 <= i < |s| :: s'[i] == s[i])
  }

  ghost function LastOf<T>(s: seq<T>): T
    requires 0 < |s|
  {
    s[|s| - 1]
  }
}
