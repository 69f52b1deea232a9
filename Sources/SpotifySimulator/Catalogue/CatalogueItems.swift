struct Artist: Sendable {
  let number: Int
  let name: String
  let genres: [String]
  let popularity: Int
  let followers: Int
}

struct Album: Sendable {
  let number: Int
  let name: String
  /// `ep` is not in Spotify's documentation but in its answers.
  let type: String
  let artists: [Int]
  let releaseDate: String?
  let releaseDatePrecision: String
  let totalTracks: Int
  let label: String
  let popularity: Int
}

struct Episode: Sendable {
  let number: Int
  let name: String
  let show: Int
  let showName: String
  let durationMilliseconds: Int
  let releaseDate: String
}

struct Track: Sendable {
  let number: Int
  let name: String
  /// From 1.
  let position: Int
  let artists: [Int]
  let durationMilliseconds: Int
  let isExplicit: Bool
  let isrc: String?
  let isPlayable: Bool
  let popularity: Int
}
