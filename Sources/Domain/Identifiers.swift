import FoundationEssentials

/// An id that can't be mistaken for another kind of id, nor for a bare string or number.
package protocol Identifier: Hashable, Sendable, CustomStringConvertible {
  associatedtype RawValue: Hashable & Sendable & CustomStringConvertible
  var rawValue: RawValue { get }
  init(_ rawValue: RawValue)
}

extension Identifier {
  package var description: String { rawValue.description }
}

extension Identifier where RawValue == UUID {
  package var description: String { rawValue.uuidString.lowercased() }

  /// Reads what ``description`` wrote, in any case; nil for anything else.
  package init?(_ text: String) {
    // Foundation reads signs in the place of digits.
    guard let uuid = UUID(uuidString: text), uuid.uuidString.lowercased() == text.lowercased() else {
      return nil
    }
    self.init(uuid)
  }
}

extension Identifier where Self: Codable, RawValue: Codable {
  package init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(RawValue.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }
}

/// A person, in this deployment. Also what the keys of that person's tokens are derived for.
package struct UserID: Identifier {
  package let rawValue: Int64
  package init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// An app of Spotify's dashboard, in this deployment.
package struct AppID: Identifier {
  package let rawValue: Int16
  package init(_ rawValue: Int16) { self.rawValue = rawValue }
}

/// Whoever has the apps at Spotify: its limits count by that.
package struct DeveloperAccountID: Identifier {
  package let rawValue: String
  package init(_ rawValue: String) { self.rawValue = rawValue }
}

package struct SessionID: Identifier {
  package let rawValue: UUID
  package init(_ rawValue: UUID) { self.rawValue = rawValue }
}

package struct APITokenID: Identifier {
  package let rawValue: UUID
  package init(_ rawValue: UUID) { self.rawValue = rawValue }
}

package struct RunID: Identifier {
  package let rawValue: UUID
  package init(_ rawValue: UUID) { self.rawValue = rawValue }
}

/// A user's id at Spotify; may hold `$`, `[` and spaces.
package struct SpotifyUserID: Identifier, Codable {
  package let rawValue: String
  package init(_ rawValue: String) { self.rawValue = rawValue }
}

package struct ArtistID: Identifier {
  package let rawValue: String
  package init(_ rawValue: String) { self.rawValue = rawValue }
}

package struct AlbumID: Identifier {
  package let rawValue: String
  package init(_ rawValue: String) { self.rawValue = rawValue }
}

/// What tells tracks apart: Spotify's id, or the uri of one without an id (a local file).
package struct TrackKey: Identifier {
  package let rawValue: String
  package init(_ rawValue: String) { self.rawValue = rawValue }
}

package struct PlaylistID: Identifier, Codable {
  package let rawValue: String
  package init(_ rawValue: String) { self.rawValue = rawValue }
}

package struct EpisodeID: Identifier {
  package let rawValue: String
  package init(_ rawValue: String) { self.rawValue = rawValue }
}
