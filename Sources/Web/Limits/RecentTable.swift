/// What is known of those who came last: two generations, of which the elder is forgotten when the younger is full.
/// Who is in use stays. So it holds two generations at most, and who is in use.
struct RecentTable<Key: Hashable, Value> {
  private var young: [Key: Value] = [:]
  private var old: [Key: Value] = [:]
  private var room: Int
  private let generation: Int
  private let isInUse: (Value) -> Bool

  /// - Parameters:
  ///   - generation: how many make one.
  ///   - isInUse: who must not be forgotten.
  init(generation: Int = 8_192, isInUse: @escaping (Value) -> Bool = { _ in false }) {
    self.generation = generation
    self.isInUse = isInUse
    room = generation
  }

  var count: Int { young.count + old.count }

  /// Whether the key is there; then it has come again.
  mutating func touch(_ key: Key) -> Bool {
    if young[key] != nil { return true }
    guard let value = old.removeValue(forKey: key) else { return false }
    insert(key, value)
    return true
  }

  /// Changes a value in its place, beginning with `fresh` when there is none.
  mutating func update<Result>(
    _ key: Key, beginningWith fresh: @autoclosure () -> Value, _ body: (inout Value) -> Result
  ) -> Result {
    if let place = young.index(forKey: key) { return body(&young.values[place]) }
    var value = old.removeValue(forKey: key) ?? fresh()
    let result = body(&value)
    insert(key, value)
    return result
  }

  /// Changes a value if there is one; that is no coming.
  mutating func updateIfKnown(_ key: Key, _ body: (inout Value) -> Void) {
    if let place = young.index(forKey: key) {
      body(&young.values[place])
    } else if let place = old.index(forKey: key) {
      body(&old.values[place])
    }
  }

  mutating func remove(_ key: Key) {
    young[key] = nil
    old[key] = nil
  }

  var keys: [Key] { Array(young.keys) + Array(old.keys) }

  private mutating func insert(_ key: Key, _ value: Value) {
    if young.count >= room {
      let kept = old.filter { isInUse($0.value) }
      old = young
      young = kept
      room = kept.count + generation
    }
    young[key] = value
  }
}
