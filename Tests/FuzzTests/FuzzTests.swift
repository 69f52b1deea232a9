import FuzzTargets
import TestSupport
import Testing

@Suite("What strangers send")
struct FuzzTests {
  /// A short part of `make fuzz`, the same at each run: `TEST_SEED` names another one.
  private static let seed = Seeds.chosen(20_261_120..<20_261_121)[0]
  private static let count = 2_000

  @Test("breaks nothing that reads it", arguments: FuzzTarget.all)
  func holds(_ target: FuzzTarget) {
    for input in SeededInputs(target, count: FuzzTests.count, seed: FuzzTests.seed) {
      do { try target.check(input) } catch {
        Issue.record(
          "seed \(FuzzTests.seed): \(error)\ninput \(input)\n\(String(decoding: input, as: UTF8.self))")
        return
      }
    }
  }

  @Test("has one name for each reader, which can be a folder's")
  func names() {
    #expect(Set(FuzzTarget.all.map(\.name)).count == FuzzTarget.all.count)
    #expect(FuzzTarget.all.allSatisfy { $0.name.allSatisfy { $0 == "-" || ("a"..."z").contains($0) } })
    #expect(FuzzTarget.all.allSatisfy { !$0.seeds.isEmpty })
  }
}

@Suite("The generator of inputs")
struct SeededInputsTests {
  @Test("finds planted faults: behind a word, behind one flipped bit, behind a cut")
  func planted() {
    #expect(breaks(["a=1"], words: ["%00"]) { $0.contains("=%00") })
    #expect(breaks(["Host: a"]) { $0.contains("Iost") })
    #expect(breaks(["{\"a\":[1,2]}"]) { $0.hasSuffix("[1") })
    #expect(breaks(["left=", "=right"]) { $0.contains("left=right") })
    #expect(!breaks(["a"]) { _ in false })
  }

  @Test("makes the same inputs of the same seed, and others of another")
  func same() {
    let target = FuzzTarget("x", seeds: ["seed"], words: ["word"]) { _ in }
    let first = Array(SeededInputs(target, count: 100, seed: 1))
    #expect(first == Array(SeededInputs(target, count: 100, seed: 1)))
    #expect(first != Array(SeededInputs(target, count: 100, seed: 2)))
    #expect(first.count == 101 && first[0] == Array("seed".utf8))
    #expect(Set(first).count > 50)
  }

  private struct Planted: Error {}

  private func breaks(
    _ seeds: [String], words: [String] = [], where isBroken: @escaping @Sendable (String) -> Bool
  ) -> Bool {
    let target = FuzzTarget("planted", seeds: seeds, words: words) { input in
      if isBroken(String(decoding: input.bytes, as: UTF8.self)) { throw Planted() }
    }
    return SeededInputs(target, count: 20_000, seed: 1).contains { input in
      do { try target.check(input) } catch { return true }
      return false
    }
  }
}
