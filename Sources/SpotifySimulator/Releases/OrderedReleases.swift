/// The albums that came out on order since the start.
struct OrderedReleases: Sendable {
  /// Numbers of albums, newest order first.
  private(set) var albums: [Int] = []
  private var byArtist: [Int: [Int]] = [:]
  private var sequence = 0

  func of(_ artist: Int) -> [Int] { byArtist[artist] ?? [] }

  /// - Throws: ``SimulatorError`` for an artist or a date that isn't one; nothing comes out then.
  mutating func apply(
    _ edit: ReleaseEdit, now: Int, _ catalogue: Catalogue
  ) throws(SimulatorError) -> ReleaseEdit.Outcome {
    let artist = try OrderedReleases.artist(edit.artist, catalogue)
    var other: Int?
    if let with = edit.with { other = try OrderedReleases.artist(with, catalogue) }
    guard let type = ReleaseNumber.types.firstIndex(of: edit.type ?? "album") else {
      throw SimulatorError("a release is one of \(ReleaseNumber.types.joined(separator: ", "))")
    }
    var time = max(now, catalogue.today)
    if let date = edit.date {
      guard let wanted = Timestamp.seconds(date), date.utf8.count == 10, wanted >= 0 else {
        throw SimulatorError("date is not a day (YYYY-MM-DD): \(date)")
      }
      time = wanted
    }
    let count = edit.count ?? 1
    guard count > 0, sequence + count < 1 << 10 else {
      throw SimulatorError("at most 1023 albums come out on order")
    }
    var ids: [String] = []
    for _ in 0..<count {
      sequence += 1
      let album = ReleaseNumber(
        artist: artist, other: other, type: type, day: time / Timestamp.secondsPerDay, sequence: sequence
      ).album
      albums.insert(album, at: 0)
      for credited in Set([artist, other ?? artist]) { byArtist[credited, default: []].append(album) }
      ids.insert(catalogue.albumIDs.text(album), at: 0)
    }
    return ReleaseEdit.Outcome(ids: ids)
  }

  private static func artist(_ id: String, _ catalogue: Catalogue) throws(SimulatorError) -> Int {
    guard let number = catalogue.artistIDs.index(id), (0..<Catalogue.artistCount).contains(number) else {
      throw SimulatorError("no such artist: \(id)")
    }
    return number
  }
}
