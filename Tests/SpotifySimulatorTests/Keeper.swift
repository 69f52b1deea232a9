import Reactor

/// A text that one closure leaves for another.
final class Keeper: Sendable {
  private let value = Locked("")

  var text: String { value.withLock { $0 } }
  func set(_ text: String) { value.withLock { $0 = text } }
}
