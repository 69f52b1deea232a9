/// The number of an album that came out on order; it says everything about it, so that nothing is stored.
struct ReleaseNumber: Sendable, Equatable {
  static let types = ["album", "single", "ep", "compilation"]

  var artist: Int
  /// Credited beside the artist.
  var other: Int?
  /// A place in ``types``.
  var type: Int
  /// Days since 1970.
  var day: Int
  /// Tells the albums of one day apart; a later one is higher.
  var sequence: Int

  /// Far above all albums that are made from a seed.
  private static let mark = 1 << 56

  /// - Returns: nil for an album of the catalogue.
  init?(_ album: Int) {
    guard album >= ReleaseNumber.mark else { return nil }
    artist = album >> 40 & 0x7FF
    let other = album >> 28 & 0xFFF
    self.other = other == 0 ? nil : other - 1
    type = album >> 26 & 0b11
    day = album >> 10 & 0xFFFF
    sequence = album & 0x3FF
  }

  init(artist: Int, other: Int?, type: Int, day: Int, sequence: Int) {
    self.artist = artist
    self.other = other
    self.type = type
    self.day = day
    self.sequence = sequence
  }

  var album: Int {
    ReleaseNumber.mark | artist << 40 | (other.map { $0 + 1 } ?? 0) << 28 | type << 26 | day << 10 | sequence
  }
}
