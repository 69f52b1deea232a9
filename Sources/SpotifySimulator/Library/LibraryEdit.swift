/// What a person does to the saved tracks behind the client's back. Every part may be left out.
package struct LibraryEdit: Codable, Sendable {
  /// A row, by its position (0 is the newest) or by a track's id or URI.
  package enum Reference: Codable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    case position(Int)
    case id(String)

    package init(integerLiteral value: Int) { self = .position(value) }
    package init(stringLiteral value: String) { self = .id(value) }

    package init(from decoder: Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let position = try? container.decode(Int.self) {
        self = .position(position)
      } else {
        self = .id(try container.decode(String.self))
      }
    }

    package func encode(to encoder: Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .position(let position): try container.encode(position)
      case .id(let id): try container.encode(id)
      }
    }
  }

  /// What an edit did.
  package struct Outcome: Codable, Sendable {
    /// Ids of the new tracks, newest first.
    package var saved: [String]
    /// Ids of the removed ones, a local file's URI, or null for a null slot.
    package var unsaved: [String?]
    package var total: Int
    package var version: Int
  }

  /// How many tracks to save that were never saved before.
  package var save: Int?
  package var unsave: [Reference]?
  /// Taken out and put on top again, with a new `added_at`.
  package var saveAgain: [Reference]?
  /// A time of the client's choice for what is saved (Spotify allows it): the rows land where it belongs.
  package var addedAt: String?
  /// Positions at which a slot without content appears.
  package var insertNullAt: [Int]?
  /// What `total` is off by from now on.
  package var totalOffset: Int?

  package init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    // A list of one may be written without its brackets.
    func list<Element: Decodable>(_ key: CodingKeys) throws -> [Element]? {
      guard container.contains(key) else { return nil }
      if let one = try? container.decode(Element.self, forKey: key) { return [one] }
      return try container.decode([Element].self, forKey: key)
    }
    save = try container.decodeIfPresent(Int.self, forKey: .save)
    unsave = try list(.unsave)
    saveAgain = try list(.saveAgain)
    addedAt = try container.decodeIfPresent(String.self, forKey: .addedAt)
    insertNullAt = try list(.insertNullAt)
    totalOffset = try container.decodeIfPresent(Int.self, forKey: .totalOffset)
  }

  package init(
    save: Int? = nil, unsave: [Reference]? = nil, saveAgain: [Reference]? = nil, addedAt: String? = nil,
    insertNullAt: [Int]? = nil, totalOffset: Int? = nil
  ) {
    self.save = save
    self.unsave = unsave
    self.saveAgain = saveAgain
    self.addedAt = addedAt
    self.insertNullAt = insertNullAt
    self.totalOffset = totalOffset
  }
}
