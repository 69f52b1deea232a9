import Domain
import FoundationEssentials
import Storage

/// Where pages of saved tracks go on.
struct SavedTracksCursor {
  private let list: String

  /// - Parameter search: what the names are searched for.
  init(_ filter: PresenceFilter, matching search: String?) {
    list = "tracks \(filter.rawValue) \(search ?? "")"
  }

  func after(_ saved: SavedTrack) -> String {
    Cursor.encode(
      Cursor.bytes(saved.addedAt) + Cursor.bytes(saved.ordinal) + Array(saved.track.key.rawValue.utf8),
      list: list)
  }

  /// Nil where the list begins.
  func position(_ query: Query) throws(Problem) -> SavedTracks.Position? {
    guard let bytes = try query.cursor(of: list) else { return nil }
    guard let addedAt = Cursor.date(bytes[...]), let ordinal = Cursor.number(bytes.dropFirst(8)),
      let key = Cursor.text(bytes.dropFirst(16))
    else { throw Cursor.invalid }
    return SavedTracks.Position(addedAt: addedAt, ordinal: ordinal, key: TrackKey(key))
  }
}
