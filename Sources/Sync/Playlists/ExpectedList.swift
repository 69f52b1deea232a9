import Domain

/// What a person's list of playlists looks like if nothing has come, gone or moved since the last run. A pure value.
struct ExpectedList: Sendable {
  private let playlists: [PlaylistID]

  /// - Parameter held: every playlist that is or was in the list.
  init(_ held: [HeldPlaylist]) {
    let present = held.filter(\.isPresent).sorted { $0.position < $1.position }
    // A place that couldn't be explained last time has no row: then every place is another than its number.
    playlists =
      present.enumerated().allSatisfy { $0.offset == $0.element.position } ? present.map(\.playlist.id) : []
  }

  var count: Int { playlists.count }

  /// Whether a page shows just what is expected there.
  func hasPage(_ page: ListPage<Playlist>) -> Bool {
    guard page.total == count, (0...count).contains(page.offset) else { return false }
    let ids = page.slots.map { slot in
      if case .row(let playlist) = slot { playlist.id } else { PlaylistID?.none }
    }
    let end = min(page.offset + PlaylistsReader.pageSize, count)
    return ids == playlists[page.offset..<end].map(Optional.some)
  }

  /// The list that pages make which are all as expected, in order.
  func list(_ pages: [ListPage<Playlist>]) -> ScannedList<Playlist> {
    ScannedList(slots: pages.flatMap(\.slots), total: count, hasComparableBorders: true)
  }
}
