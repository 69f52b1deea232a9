/// Which tracks a person saves, one after the other: never the same one twice.
struct SavedTrackSource: Sendable {
  /// Tracks of one album that are saved in one go.
  struct Pick {
    var tracks: [Int]
    /// All of them in the same second, as when a whole album is saved.
    var atOnce: Bool
  }

  private let first: Int
  private let step: Int
  private let albumCount: Int
  private var random: SplitMix64
  private var albumsTaken = 0

  /// - Parameter expected: about how many tracks will be asked for; it decides how wide the choice is.
  init(seed: UInt64, expected: Int) {
    var random = SplitMix64.stream(seed, 4, 0)
    // Both are prime, so that every step length meets every album once.
    albumCount = expected <= 30_000 ? 20_011 : 2_000_003
    first = random.below(albumCount)
    step = 1 + random.below(albumCount - 1)
    self.random = random
  }

  mutating func next(from catalogue: Catalogue) -> Pick {
    let number =
      Catalogue.recentAlbums.upperBound + (first + (albumsTaken % albumCount) * step) % albumCount
    albumsTaken += 1
    let total = catalogue.album(number).totalTracks
    let isWhole = random.oneIn(6)
    let wanted = isWhole ? total : min(total, 1 + random.below(4))
    let start = isWhole ? 0 : random.below(total - wanted + 1)
    return Pick(
      tracks: (start..<start + wanted).map { catalogue.trackNumber(album: number, position: $0) },
      atOnce: isWhole || random.oneIn(3))
  }
}
