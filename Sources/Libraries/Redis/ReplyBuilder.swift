/// Puts a reply together from its parts, which come depth first.
struct ReplyBuilder {
  private struct Frame {
    let count: Int
    var elements: [RedisValue] = []
  }

  private var open: [Frame] = []
  private var finished: RedisValue?

  mutating func add(_ value: RedisValue) {
    var value = value
    while var frame = open.popLast() {
      frame.elements.append(value)
      guard frame.elements.count == frame.count else {
        open.append(frame)
        return
      }
      value = .array(frame.elements)
    }
    finished = value
  }

  /// Begins an array of `count` elements. Reserves nothing: the number is the peer's claim.
  mutating func beginArray(_ count: Int) {
    if count == 0 { add(.array([])) } else { open.append(Frame(count: count)) }
  }

  /// The whole reply, once.
  mutating func take() -> RedisValue? {
    defer { finished = nil }
    return finished
  }
}
