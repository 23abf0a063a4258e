module MonotonicityLibrary {
  datatype MonotonicSeq<T> = MonotonicSeq(items: seq<T>) {
    ghost predicate SatisfiesMonotonic(past: MonotonicSeq<T>) {
      past.items <= items
    }
  }

  datatype MonotonicSet<T> = MonotonicSet(s: set<T>) {
    ghost predicate SatisfiesMonotonic(past: MonotonicSet<T>) {
      past.s <= s
    }
  }

  datatype MonotonicMap<K, V> = MonotonicMap(m: map<K, V>) {
    ghost predicate SatisfiesMonotonic(past: MonotonicMap<K, V>) {
      forall k | k in past.m :: k in m && m[k] == past.m[k]
    }
  }

  datatype MonotonicOnce<T> = Unset | Set(value: T) {
    ghost predicate SatisfiesMonotonic(past: MonotonicOnce<T>) {
      past.Set? ==> this == past
    }
  }
}
