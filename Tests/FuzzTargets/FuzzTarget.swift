/// Something that reads what strangers send, and what must hold whatever they send.
package struct FuzzTarget: Sendable, CustomStringConvertible {
  /// Lower-case words with hyphens; also the name of its folder.
  package let name: String
  /// Inputs to begin with: each form that is understood, and whatever once broke it.
  package let seeds: [[UInt8]]
  /// What a generator would hardly find by itself.
  package let words: [[UInt8]]
  private let body: @Sendable (inout FuzzInput) throws -> Void

  /// - Parameter body: throws ``Broken`` when something doesn't hold; any other error is a fault as well.
  package init(
    _ name: String, seeds: [String], words: [String] = [],
    _ body: @escaping @Sendable (inout FuzzInput) throws -> Void
  ) {
    self.init(name, seeds: seeds.map { Array($0.utf8) }, words: words.map { Array($0.utf8) }, body)
  }

  package init(
    _ name: String, seeds: [[UInt8]], words: [[UInt8]] = [],
    _ body: @escaping @Sendable (inout FuzzInput) throws -> Void
  ) {
    self.name = name
    self.seeds = seeds
    self.words = words
    self.body = body
  }

  /// Hands an input to the parser and judges what comes of it.
  package func check(_ bytes: [UInt8]) throws {
    var input = FuzzInput(bytes)
    try body(&input)
  }

  package var description: String { name }
}

/// Something doesn't hold.
package struct Broken: Error, CustomStringConvertible {
  package let description: String
}

/// Throws ``Broken`` unless `condition` holds; `claim` says what should.
func hold(_ condition: Bool, _ claim: @autoclosure () -> String) throws(Broken) {
  if !condition { throw Broken(description: "this doesn't hold: \(claim())") }
}

/// The result, or nil for a refusal: an error of the parser's own type.
func unlessRefused<Result, Refusal: Error>(_ body: () throws(Refusal) -> Result) -> Result? {
  do throws(Refusal) { return try body() } catch { return nil }
}
