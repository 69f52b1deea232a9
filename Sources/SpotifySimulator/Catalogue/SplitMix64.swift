/// A small generator whose sequence depends on its seed alone, on every platform and version.
///
/// (The standard library's own `random(in:using:)` may change how it spends a generator's words.)
struct SplitMix64: Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= SplitMix64.increment
    return SplitMix64.mix(state)
  }

  /// A number in `0..<bound`; `bound` is positive.
  mutating func below(_ bound: Int) -> Int {
    Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// True once in `count` times.
  mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

  static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// Scatters the bits of `value`; one to one, so that ``unmix(_:)`` takes it back.
  static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  static func unmix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 31) ^ (z >> 62)) &* 0x3196_42B2_D24D_8EC3
    z = (z ^ (z >> 27) ^ (z >> 54)) &* 0x96DE_1B17_3F11_9089
    return z ^ (z >> 30) ^ (z >> 60)
  }

  /// A generator for one of many things, independent of the others.
  static func stream(_ seed: UInt64, _ purpose: UInt64, _ index: UInt64) -> SplitMix64 {
    SplitMix64(seed: mix(seed ^ mix(purpose &* increment)) ^ mix(index &+ increment))
  }
}
