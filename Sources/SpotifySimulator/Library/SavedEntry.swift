/// One row of a person's saved tracks.
struct SavedEntry: Sendable {
  enum Item: Sendable, Equatable {
    /// A number of the ``Catalogue``.
    case track(Int)
    /// A file from the person's own disk: no id, and almost every other field is null.
    case local(Int)
    /// What Spotify leaves of a track it has lost: the slot counts, its content is `null`.
    case null
  }

  var item: Item
  /// Seconds since 1970.
  var addedAt: Int
}
