/// First in, first out; a ring that grows and never shrinks, so that a busy reactor doesn't allocate.
struct JobQueue {
  private var slots = [UnownedJob?](repeating: nil, count: 64)
  private var head = 0
  private var count = 0

  var isEmpty: Bool { count == 0 }

  mutating func append(_ job: UnownedJob) {
    if count == slots.count { grow() }
    slots[(head + count) & (slots.count - 1)] = job
    count += 1
  }

  mutating func popFirst() -> UnownedJob? {
    guard count > 0 else { return nil }
    let job = exchange(&slots[head], nil)
    head = (head + 1) & (slots.count - 1)
    count -= 1
    return job
  }

  private mutating func grow() {
    let old = Array(slots[head...] + slots[..<head])
    slots = old + [UnownedJob?](repeating: nil, count: old.count)
    head = 0
  }
}

/// Puts `new` in the place of `value` and returns what was there.
func exchange<Value>(_ value: inout Value, _ new: Value) -> Value {
  let old = value
  value = new
  return old
}
