/// What one connection has prepared, by text and parameter types. Bounded: the least recently used go first.
struct StatementCache {
  /// A statement that the server knows, or will know when what was sent is through.
  final class Prepared {
    let name: String
    /// Whether the server said that it knows it.
    var isConfirmed = false
    fileprivate let key: Key
    fileprivate var lastUse = 0

    fileprivate init(name: String, key: Key) {
      self.name = name
      self.key = key
    }
  }

  fileprivate struct Key: Hashable {
    let text: String
    let types: [UInt32]
  }

  private let limit: Int
  private var statements: [Key: Prepared] = [:]
  /// Replaced before anybody knew whether the server has them.
  private var displaced: [Prepared] = []
  private var uses = 0
  private var names = 0

  init(limit: Int) { self.limit = max(1, limit) }

  var isOverfull: Bool { statements.count > limit }

  /// The statement, and whether it must be prepared first.
  ///
  /// - Parameter trusting: whether one will do whose preparation is still on its way and may fail.
  mutating func statement(for sql: SQL, trusting: Bool) -> (statement: Prepared, isNew: Bool) {
    let key = Key(text: sql.text, types: sql.parameters.map(\.type.oid))
    uses += 1
    if let known = statements[key], trusting || known.isConfirmed {
      known.lastUse = uses
      return (known, false)
    }
    names += 1
    let new = Prepared(name: "s\(names)", key: key)
    new.lastUse = uses
    if let old = statements.updateValue(new, forKey: key) { displaced.append(old) }
    return (new, true)
  }

  /// For what the server doesn't know after all, or knows wrongly. Tells whether it was there.
  mutating func forget(_ statement: Prepared) -> Bool {
    guard statements[statement.key] === statement else { return false }
    statements[statement.key] = nil
    return true
  }

  /// Takes out what was displaced and what is above the limit, oldest use first; the server has yet to be told.
  mutating func trim() -> [Prepared] {
    var evicted = displaced
    displaced = []
    while statements.count > limit, let oldest = statements.values.min(by: { $0.lastUse < $1.lastUse }) {
      statements[oldest.key] = nil
      evicted.append(oldest)
    }
    return evicted
  }
}
