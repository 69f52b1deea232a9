import Reactor

/// Which albums of the catalogue an artist has a part in.
struct ReleaseIndex: Sendable {
  /// How Spotify sorts an artist's albums; in the order of its answers.
  enum Group: String, Codable, Sendable, CaseIterable {
    case album
    case single
    case appearsOn = "appears_on"
    case compilation

    init(_ type: String) {
      switch type {
      case "album": self = .album
      case "compilation": self = .compilation
      default: self = .single
      }
    }
  }

  /// Albums by artist, those that libraries of the usual size are made of.
  private let credited: [[Int32]]

  private static let albumCount = 20_251
  /// Made once for every catalogue of the process: it takes a moment.
  private static let made = Locked<[UInt64: ReleaseIndex]>([:])

  static func of(_ catalogue: Catalogue) -> ReleaseIndex {
    made.withLock { made in
      if let index = made[catalogue.seed] { return index }
      let index = ReleaseIndex(catalogue)
      made[catalogue.seed] = index
      return index
    }
  }

  private init(_ catalogue: Catalogue) {
    var credited = [[Int32]](repeating: [], count: Catalogue.artistCount)
    for number in 0..<ReleaseIndex.albumCount {
      for artist in catalogue.album(number).artists { credited[artist].append(Int32(number)) }
    }
    self.credited = credited
  }

  /// Grouped, and newest first in each group.
  ///
  /// - Parameter ordered: numbers of albums that came out on order.
  func releases(of artist: Int, ordered: [Int], _ catalogue: Catalogue) -> [(group: Group, album: Album)] {
    let own = credited[artist].map { catalogue.album(Int($0)) } + ordered.map(catalogue.album)
    var random = SplitMix64.stream(catalogue.seed, 15, UInt64(artist))
    let guests = Set((0..<random.below(6)).map { _ in random.below(ReleaseIndex.albumCount) })
    let appearances = guests.map(catalogue.album).filter { !$0.artists.contains(artist) }
    let all =
      own.map { (group: Group($0.type), album: $0) }
      + appearances.map { (group: Group.appearsOn, album: $0) }
    return Group.allCases.flatMap { group in
      all.filter { $0.group == group }.sorted { ReleaseIndex.isNewer($0.album, $1.album) }
    }
  }

  static func isNewer(_ left: Album, _ right: Album) -> Bool {
    let (leftDate, rightDate) = (left.releaseDate ?? "", right.releaseDate ?? "")
    return leftDate == rightDate ? left.number > right.number : leftDate > rightDate
  }
}
