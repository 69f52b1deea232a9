/// Albums that come out behind the client's back.
package struct ReleaseEdit: Codable, Sendable {
  package struct Outcome: Codable, Sendable {
    /// The new albums, newest first.
    package var ids: [String]
  }

  /// The artist's id.
  package var artist: String
  /// Another artist's id, credited beside the first.
  package var with: String?
  /// album (default), single, ep or compilation.
  package var type: String?
  /// `YYYY-MM-DD`; by default today, or the day of the newest releases when that is later.
  package var date: String?
  /// How many, 1 by default.
  package var count: Int?

  package init(
    artist: String, with: String? = nil, type: String? = nil, date: String? = nil, count: Int? = nil
  ) {
    self.artist = artist
    self.with = with
    self.type = type
    self.date = date
    self.count = count
  }
}
