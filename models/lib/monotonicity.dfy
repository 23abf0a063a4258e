// Datatypes whose values only ever grow. A field of such a type gets a generated invariant: every later value of it
// satisfies SatisfiesMonotonic against every earlier one.
module MonotonicityLibrary {
  datatype MonotonicWriteOnceOption<T> = WONone | WOSome(value: T) {
    ghost predicate SatisfiesMonotonic(past: MonotonicWriteOnceOption<T>) {
      past.WOSome? ==> this == past
    }
  }

  datatype MonotonicNat = MonotonicNat(n: nat) {
    ghost predicate SatisfiesMonotonic(past: MonotonicNat) {
      past.n <= n
    }
  }

  datatype MonotonicNatOption = MNNone | MNSome(value: nat) {
    ghost predicate SatisfiesMonotonic(past: MonotonicNatOption) {
      past.MNSome? ==> MNSome? && past.value <= value
    }
  }

  datatype MonotonicBool = MonotonicBool(b: bool) {
    ghost predicate SatisfiesMonotonic(past: MonotonicBool) {
      past.b ==> b
    }
  }

  datatype MonotonicSet<T> = MonotonicSet(s: set<T>) {
    ghost predicate SatisfiesMonotonic(past: MonotonicSet<T>) {
      past.s <= s
    }
  }
}
