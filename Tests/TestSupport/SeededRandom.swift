import Glibc

/// A small seeded generator: the same seed, the same test.
package struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 to below `bound`.
  package mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// True once in `count` times.
  package mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }
}

/// The seeds of a simulation: those given, or the one that `TEST_SEED` names, to see a failure again.
package enum Seeds {
  package static func chosen(_ seeds: Range<UInt64>) -> [UInt64] { named.map { [$0] } ?? Array(seeds) }

  /// Whether a single one was named.
  package static var isOne: Bool { named != nil }

  private static var named: UInt64? { getenv("TEST_SEED").flatMap { UInt64(String(cString: $0)) } }
}
