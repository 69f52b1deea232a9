/// What a player can be told.
package enum PlayerCommand: String, Sendable, CaseIterable {
  case play, pause, next
}

/// What somebody's player does at a moment.
package struct PlayerState: Sendable, Equatable {
  package struct Device: Sendable, Equatable {
    package let name: String
    /// `Computer`, `Smartphone`, `Speaker`, or what Spotify thinks of next.
    package let type: String
    package let volumePercent: Int?

    package init(name: String, type: String, volumePercent: Int?) {
      self.name = name
      self.type = type
      self.volumePercent = volumePercent
    }
  }

  package struct Show: Sendable, Equatable {
    package let id: String?
    package let name: String

    package init(id: String?, name: String) {
      self.id = id
      self.name = name
    }
  }

  package enum Item: Sendable, Equatable {
    case track(Track)
    case episode(Episode)
  }

  package struct Episode: Sendable, Equatable {
    package let id: String?
    package let uri: String
    package let name: String
    package let show: Show?
    package let durationMilliseconds: Int
    package let imageURL: String?

    package init(
      id: String?, uri: String, name: String, show: Show?, durationMilliseconds: Int, imageURL: String?
    ) {
      self.id = id
      self.uri = uri
      self.name = name
      self.show = show
      self.durationMilliseconds = durationMilliseconds
      self.imageURL = imageURL
    }
  }

  package let isPlaying: Bool
  /// `track`, `episode`, `ad` or `unknown`.
  package let type: String
  /// Nil during advertisements and private sessions.
  package let item: Item?
  package let progressMilliseconds: Int?
  package let device: Device?
  package let contextURI: String?
  package let shuffle: Bool?
  /// `off`, `track` or `context`.
  package let repeatMode: String?

  package init(
    isPlaying: Bool, type: String, item: Item?, progressMilliseconds: Int?, device: Device?,
    contextURI: String?, shuffle: Bool?, repeatMode: String?
  ) {
    self.isPlaying = isPlaying
    self.type = type
    self.item = item
    self.progressMilliseconds = progressMilliseconds
    self.device = device
    self.contextURI = contextURI
    self.shuffle = shuffle
    self.repeatMode = repeatMode
  }
}
