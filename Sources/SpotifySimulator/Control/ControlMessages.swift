/// Bodies of the controls, as JSON with snake_case names.
enum ControlMessage {
  struct Latency: Decodable {
    var milliseconds: Int
    var group: EndpointGroup?
  }

  struct Edit: Decodable {
    struct When: Decodable {
      var group: EndpointGroup
      var nth: Int?
    }

    /// Whose library; no matter for releases.
    var user: String?
    var when: When?
  }

  struct User: Decodable {
    var id: String
    var name: String?
    var tracks: Int?
    var artists: Int?
    var playlists: Int?
    var seed: UInt64?
  }

  struct Mode: Decodable {
    var mode: QuotaMode
    var allowlist: [String]?
  }

  struct Clock: Decodable {
    var advanceSeconds: Int
  }

  struct Tokens: Decodable {
    var accessTokenSeconds: Int?
    var refreshTokenSeconds: Int?
    var refreshAnswer: RefreshAnswer?
  }

  struct Revoke: Decodable {
    var user: String
    var accessTokens: Bool?
  }

  struct Hold: Decodable {
    var group: EndpointGroup
    var fromNth: Int?
    var user: String?
  }

  struct Release: Decodable {
    var group: EndpointGroup?
    var count: Int?
    var keepHolding: Bool?
  }

  /// One fault or several.
  struct Faults: Decodable {
    var faults: [Fault]

    init(from decoder: Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let list = try? container.decode([Fault].self) {
        faults = list
      } else {
        faults = [try container.decode(Fault.self)]
      }
    }
  }

  struct Done: Encodable {
    var ok = true
  }

  struct Count: Encodable {
    var count: Int
  }
}

/// The truth about a library, row by row in Spotify's order; three lists of the same length.
package struct LibraryTruth: Codable, Sendable, Equatable {
  package var total: Int
  package var version: Int
  /// Null for local files and for slots without content.
  package var ids: [String?]
  /// Null for slots without content.
  package var uris: [String?]
  package var addedAt: [String]
}
