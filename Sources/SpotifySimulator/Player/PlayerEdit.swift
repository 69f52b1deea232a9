/// What a person does with the player behind the client's back. Every part may be left out.
package struct PlayerEdit: Codable, Sendable {
  package enum Content: String, Codable, Sendable {
    /// The newest saved tracks.
    case track
    case episode
    case ad
    case unknown
    /// 204.
    case nothing
  }

  package var isPremium: Bool?
  package var hasDevice: Bool?
  package var plays: Content?
  package var isPlaying: Bool?
  package var progressMs: Int?

  package init(
    isPremium: Bool? = nil, hasDevice: Bool? = nil, plays: Content? = nil, isPlaying: Bool? = nil,
    progressMs: Int? = nil
  ) {
    self.isPremium = isPremium
    self.hasDevice = hasDevice
    self.plays = plays
    self.isPlaying = isPlaying
    self.progressMs = progressMs
  }
}

/// The truth about a player.
package struct PlayerTruth: Codable, Sendable, Equatable {
  package var isPremium: Bool
  package var hasDevice: Bool
  package var isPlaying: Bool
  /// Of the track or episode; nil for an advertisement, something unknown, and nothing.
  package var uri: String?
  package var context: String?
}
