/// Names to search in: all artists, and the albums and tracks up to a bound, because the catalogue has no end.
struct SearchIndex: Sendable {
  enum Kind: String, Sendable {
    case album
    case artist
    case track

    var plural: StaticString {
      switch self {
      case .album: "albums"
      case .artist: "artists"
      case .track: "tracks"
      }
    }
  }

  private let artists: [String]
  private let albums: [(number: Int, name: String, artists: [Int])]
  private let tracks: [(number: Int, name: String, artists: [Int])]

  private static let albumCount = 1_200
  private static let tracksFrom = 400

  init(_ catalogue: Catalogue) {
    artists = (0..<Catalogue.artistCount).map { catalogue.artist($0).name.lowercased() }
    let all = (0..<SearchIndex.albumCount).map(catalogue.album)
    albums = all.map { ($0.number, $0.name.lowercased(), $0.artists) }
    tracks = all.prefix(SearchIndex.tracksFrom).flatMap { album in
      (0..<album.totalTracks).map { position in
        let track = catalogue.track(catalogue.trackNumber(album: album.number, position: position), on: album)
        return (track.number, track.name.lowercased(), track.artists)
      }
    }
  }

  /// Numbers of the catalogue, in its order.
  func find(_ query: SearchQuery, _ kind: Kind) -> [Int] {
    switch kind {
    case .artist:
      guard !query.isNew else { return [] }
      return artists.indices.filter { query.matches(name: artists[$0], artists: [artists[$0]]) }
    case .album:
      return albums.lazy
        .filter { !query.isNew || Catalogue.recentAlbums.contains($0.number) }
        .filter { query.matches(name: $0.name, artists: $0.artists.map { artists[$0] }) }.map(\.number)
    case .track:
      guard !query.isNew else { return [] }
      return tracks.filter { query.matches(name: $0.name, artists: $0.artists.map { artists[$0] }) }.map(
        \.number)
    }
  }
}

/// `q`: words, and the filters `tag:new` and `artist:` (a word, or words in quotes).
struct SearchQuery: Sendable {
  private(set) var isNew = false
  private var artist: String?
  private var words: [String] = []

  /// Nothing but `tag:new`.
  var isOnlyNew: Bool { isNew && artist == nil && words.isEmpty }

  init(_ text: String) {
    var rest = Substring(text.lowercased())
    while let word = SearchQuery.takeWord(&rest) {
      if word == "tag:new" {
        isNew = true
      } else if word.hasPrefix("artist:") {
        artist = String(word.dropFirst("artist:".count))
      } else {
        words.append(word)
      }
    }
  }

  /// Every word is in the name or in an artist's name, and the artist is among the artists.
  func matches(name: String, artists: [String]) -> Bool {
    if let artist, !artists.contains(where: { $0.contains(artist) }) { return false }
    return words.allSatisfy { word in name.contains(word) || artists.contains { $0.contains(word) } }
  }

  /// Up to the next space that isn't in quotes; the quotes go.
  private static func takeWord(_ rest: inout Substring) -> String? {
    rest = rest.drop { $0.isWhitespace }
    guard !rest.isEmpty else { return nil }
    var word = ""
    var isQuoted = false
    while let character = rest.first, isQuoted || !character.isWhitespace {
      if character == "\"" { isQuoted.toggle() } else { word.append(character) }
      rest.removeFirst()
    }
    return word
  }
}
