import TestSupport

/// Inputs made of a target's seeds and words: the same seed, the same inputs. For machines without libFuzzer, and
/// for the minutes that a test has not.
package struct SeededInputs: Sequence, IteratorProtocol {
  private static let longest = 4_096

  private let target: FuzzTarget
  private var random: SeededRandom
  private var left: Int
  /// The seeds, and behind them what came of them.
  private var corpus: [[UInt8]]
  private let seedCount: Int
  private var given = 0

  /// The seeds themselves, then `count` inputs.
  package init(_ target: FuzzTarget, count: Int, seed: UInt64) {
    self.target = target
    random = SeededRandom(seed: seed)
    corpus = target.seeds.isEmpty ? [[]] : target.seeds
    seedCount = corpus.count
    left = count
  }

  package mutating func next() -> [UInt8]? {
    if given < target.seeds.count {
      given += 1
      return target.seeds[given - 1]
    }
    guard left > 0 else { return nil }
    left -= 1
    var input = one()
    for _ in 0...random.below(4) { change(&input) }
    input = Array(input.prefix(SeededInputs.longest))
    // Some go on from where others came.
    if random.oneIn(8) { corpus.append(input) }
    return input
  }

  /// Half of the time a seed, however many others there are by now.
  private mutating func one() -> [UInt8] {
    corpus[random.below(random.oneIn(2) ? seedCount : corpus.count)]
  }

  private mutating func change(_ input: inout [UInt8]) {
    let place = random.below(input.count + 1)
    switch random.below(7) {
    case 0 where !input.isEmpty: input[random.below(input.count)] ^= 1 << UInt8(random.below(8))
    case 1 where !input.isEmpty: input[random.below(input.count)] = UInt8(truncatingIfNeeded: random.next())
    case 2: input.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
    case 3: input.removeSubrange(place..<Swift.min(input.count, place + 1 + random.below(8)))
    case 4:
      let part = input[place...].prefix(1 + random.below(16))
      input.insert(contentsOf: Array(part), at: random.below(input.count + 1))
    case 5:
      let other = one()
      input = Array(input[..<place] + other[random.below(other.count + 1)...])
    default:
      guard !target.words.isEmpty else { return input.append(0) }
      input.insert(contentsOf: target.words[random.below(target.words.count)], at: place)
    }
  }
}
