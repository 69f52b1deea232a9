/// An element of a list that is read by offset.
package protocol ListRow: Hashable, Sendable {
  /// What makes two elements, read at different times, the same row.
  associatedtype Identity: Hashable, Sendable
  /// What may still be readable of an element that can't be kept.
  associatedtype Key: Hashable, Sendable

  var identity: Identity { get }
  /// Whether a list may have the same row in two places.
  static var mayRepeat: Bool { get }
}

/// A position of a list. What can't be kept still has one, so that counts and positions stay honest.
package enum ListSlot<Row: ListRow>: Hashable, Sendable {
  case row(Row)
  case null
  /// It may be any row, or any row of that key when that could be read.
  case malformed(Row.Key?)

  /// Whether both can be the same element, read twice.
  func matches(_ other: ListSlot) -> Bool {
    switch (self, other) {
    case (.row(let one), .row(let two)): one.identity == two.identity
    default: self == other
    }
  }
}

extension ListSlot: Codable where Row: Codable, Row.Key: Codable {}

/// A page of a list, without what the catalogue keeps.
package struct ListPage<Row: ListRow>: Sendable, Equatable {
  package let offset: Int
  package let total: Int
  package let slots: [ListSlot<Row>]

  package init(offset: Int, total: Int, slots: [ListSlot<Row>]) {
    self.offset = offset
    self.total = total
    self.slots = slots
  }
}
