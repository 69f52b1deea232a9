/// First in, first out; a ring that grows and never shrinks.
struct FIFO<Element> {
  private var slots = [Element?](repeating: nil, count: 64)
  private var head = 0
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }
  var first: Element? { slots[head] }

  mutating func append(_ element: Element) {
    if count == slots.count {
      slots = Array(slots[head...] + slots[..<head]) + [Element?](repeating: nil, count: count)
      head = 0
    }
    slots[(head + count) & (slots.count - 1)] = element
    count += 1
  }

  mutating func removeFirst() {
    guard count > 0 else { return }
    slots[head] = nil
    head = (head + 1) & (slots.count - 1)
    count -= 1
  }

  var elements: [Element] { (0..<count).compactMap { slots[(head + $0) & (slots.count - 1)] } }
}
