/// All artists, albums and tracks of a simulated Spotify, computed from a seed when they are asked for.
///
/// Nothing is stored: any number of tracks exists, and the same seed gives the same ones.
struct Catalogue: Sendable {
  let seed: UInt64
  /// Midnight of the day on which the newest releases come out, in seconds since 1970.
  let today: Int

  let artistIDs: SpotifyID
  let albumIDs: SpotifyID
  let trackIDs: SpotifyID
  let playlistIDs: SpotifyID
  let episodeIDs: SpotifyID
  let showIDs: SpotifyID

  static let artistCount = 2_003
  /// Albums of the last two weeks; older ones follow behind them.
  static let recentAlbums = 0..<240
  static let maximumTracksPerAlbum = 64

  init(seed: UInt64, today: Int) {
    self.seed = seed
    self.today = today
    artistIDs = SpotifyID(.artist, seed: seed)
    albumIDs = SpotifyID(.album, seed: seed)
    trackIDs = SpotifyID(.track, seed: seed)
    playlistIDs = SpotifyID(.playlist, seed: seed)
    episodeIDs = SpotifyID(.episode, seed: seed)
    showIDs = SpotifyID(.show, seed: seed)
  }

  func artist(_ number: Int) -> Artist {
    var random = SplitMix64.stream(seed, 1, UInt64(number))
    return Artist(
      number: number, name: Names.artist(&random),
      genres: (0..<random.below(4)).map { _ in random.pick(Words.genres) },
      popularity: random.below(101), followers: 1 << random.below(22))
  }

  func album(_ number: Int) -> Album {
    if let release = ReleaseNumber(number) { return album(release) }
    var random = SplitMix64.stream(seed, 2, UInt64(number))
    let artist = anyArtist(&random)
    let type = random.pick(["album", "album", "album", "single", "single", "single", "compilation", "ep"])
    let release = releaseDate(of: number, &random)
    return Album(
      number: number,
      // A name is empty after a takedown.
      name: random.oneIn(2_000) ? "" : Names.title(&random),
      type: type,
      artists: random.oneIn(8) ? distinct([artist, anyArtist(&random)]) : [artist],
      releaseDate: release.text, releaseDatePrecision: release.precision,
      totalTracks: type == "single" ? 1 + random.below(3) : 4 + random.below(12),
      label: random.pick(Words.labels), popularity: random.below(101))
  }

  /// An album that came out on order.
  private func album(_ release: ReleaseNumber) -> Album {
    var random = SplitMix64.stream(seed, 2, UInt64(release.album))
    let type = ReleaseNumber.types[release.type]
    return Album(
      number: release.album, name: Names.title(&random), type: type,
      artists: distinct([release.artist, release.other ?? release.artist]),
      releaseDate: Timestamp.day(release.day * Timestamp.secondsPerDay), releaseDatePrecision: "day",
      totalTracks: type == "single" ? 1 + random.below(3) : 4 + random.below(12),
      label: random.pick(Words.labels), popularity: random.below(101))
  }

  /// - Parameter number: as ``trackNumber(album:position:)`` makes it.
  func track(_ number: Int) -> Track {
    track(number, on: album(number / Catalogue.maximumTracksPerAlbum))
  }

  func track(_ number: Int, on album: Album) -> Track {
    var random = SplitMix64.stream(seed, 3, UInt64(number))
    let position = number % Catalogue.maximumTracksPerAlbum
    return Track(
      number: number, name: Names.title(&random), position: position + 1,
      artists: random.oneIn(6) ? distinct(album.artists + [anyArtist(&random)]) : album.artists,
      durationMilliseconds: 61_000 + random.below(320_000), isExplicit: random.oneIn(9),
      isrc: isrc(&random), isPlayable: !random.oneIn(120), popularity: random.below(101))
  }

  /// An episode of one of fifty podcasts.
  func episode(_ number: Int) -> Episode {
    var random = SplitMix64.stream(seed, 8, UInt64(number))
    let show = number % 50
    var showRandom = SplitMix64.stream(seed, 9, UInt64(show))
    return Episode(
      number: number, name: Names.title(&random), show: show, showName: Names.title(&showRandom),
      durationMilliseconds: 600_000 + random.below(5_400_000),
      releaseDate: Timestamp.day(today - random.below(2_000) * Timestamp.secondsPerDay))
  }

  func trackNumber(album: Int, position: Int) -> Int { album * Catalogue.maximumTracksPerAlbum + position }

  /// Few artists have most of the albums.
  private func anyArtist(_ random: inout SplitMix64) -> Int {
    let (low, high) = (random.below(Catalogue.artistCount), random.below(Catalogue.artistCount))
    return low * high / Catalogue.artistCount
  }

  private func distinct(_ artists: [Int]) -> [Int] {
    artists.enumerated().filter { artists.firstIndex(of: $0.element) == $0.offset }.map(\.element)
  }

  private func releaseDate(of album: Int, _ random: inout SplitMix64) -> (text: String?, precision: String) {
    guard !Catalogue.recentAlbums.contains(album) else {
      // Newest first, as the list of new releases is.
      let daysAgo = album * 14 / Catalogue.recentAlbums.count
      return (Timestamp.day(today - daysAgo * Timestamp.secondsPerDay), "day")
    }
    let date = Timestamp.day(today - (15 + random.below(20_000)) * Timestamp.secondsPerDay)
    switch random.below(400) {
    case 0: return ("0000", "year")
    case 1..<90: return (String(date.prefix(4)), "year")
    case 90..<100: return (String(date.prefix(7)), "month")
    default: return (date, "day")
    }
  }

  private func isrc(_ random: inout SplitMix64) -> String? {
    guard !random.oneIn(80) else { return nil }
    // "QZ" and "XX" are no country's: such a code belongs to nobody.
    return "XXCK\(2 + random.below(8))\(100_000_0 + random.below(8_999_999))"
  }
}
