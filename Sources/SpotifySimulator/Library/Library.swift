/// A person's saved tracks, newest first, as Spotify lists them.
struct Library: Sendable {
  private(set) var entries: [SavedEntry] = []
  /// Grows with every edit: what was rendered from an older one is stale.
  private(set) var version = 1
  /// What `total` says too much or too little: Spotify's count is not always the number of slots.
  private(set) var totalOffset = 0
  private var source: SavedTrackSource
  private var present: Set<Int> = []

  var total: Int { max(0, entries.count + totalOffset) }

  /// Makes `count` rows; the same arguments make the same rows.
  ///
  /// - Parameter oddities: a local file in every thousand or so.
  init(seed: UInt64, count: Int, catalogue: Catalogue, oddities: Bool) {
    source = SavedTrackSource(seed: seed, expected: count)
    entries.reserveCapacity(count)
    var random = SplitMix64.stream(seed, 5, 0)
    var time = catalogue.today + 6 * 3_600 - random.below(3_600)
    // Nine years, whatever the size; a pick has about three tracks.
    let gap = max(2, 9 * 365 * Timestamp.secondsPerDay * 3 / max(1, count))
    while entries.count < count {
      let pick = source.next(from: catalogue)
      for track in pick.tracks where entries.count < count && !present.contains(track) {
        if oddities, random.oneIn(1_000) {
          entries.append(SavedEntry(item: .local(random.below(1_000_000)), addedAt: time))
        } else {
          entries.append(SavedEntry(item: .track(track), addedAt: time))
          present.insert(track)
        }
        if !pick.atOnce { time -= 1 + random.below(gap / 2) }
      }
      time -= 1 + random.below(gap)
    }
  }

  func contains(track: Int) -> Bool { present.contains(track) }

  /// Changes the rows as ordered: unsave, save again, save, insert null, total, in this order.
  ///
  /// Positions mean the rows as they are before the edit. What is saved comes on top unless `addedAt` puts it
  /// where that time belongs, above rows of the same second.
  ///
  /// - Throws: ``SimulatorError`` when a position or an id is not in the library; nothing is changed then.
  mutating func apply(
    _ edit: LibraryEdit, now: Int, catalogue: Catalogue
  ) throws(SimulatorError) -> LibraryEdit.Outcome {
    let removed = try positions(edit.unsave ?? [], catalogue)
    let again = try positions(edit.saveAgain ?? [], catalogue).subtracting(removed)
    var addedAt = max(now, (entries.first?.addedAt ?? 0) + 1)
    if let text = edit.addedAt {
      guard let time = Timestamp.seconds(text) else {
        throw SimulatorError("added_at is not a time: \(text)")
      }
      addedAt = time
    }
    let wanted = edit.save ?? 0
    guard (0...100_000).contains(wanted) else { throw SimulatorError("save takes 0 to 100000") }

    let returning = again.sorted().map { entries[$0].item }
    let gone = removed.sorted().map { entries[$0] }
    let leaving = removed.union(again)
    if !leaving.isEmpty {
      entries = entries.enumerated().filter { !leaving.contains($0.offset) }.map(\.element)
    }
    for entry in gone {
      if case .track(let number) = entry.item { present.remove(number) }
    }
    let new = takeNew(wanted, catalogue)
    insert(new.map(SavedEntry.Item.track) + returning, at: addedAt, onTop: edit.addedAt == nil)
    for position in (edit.insertNullAt ?? []).sorted() {
      let place = min(max(0, position), entries.count)
      let time = place < entries.count ? entries[place].addedAt : entries.last?.addedAt ?? addedAt
      entries.insert(SavedEntry(item: .null, addedAt: time), at: place)
    }
    totalOffset = edit.totalOffset ?? totalOffset
    version += 1
    return LibraryEdit.Outcome(
      saved: new.map(catalogue.trackIDs.text),
      unsaved: gone.map { $0.key(catalogue) }, total: total, version: version)
  }

  private mutating func insert(_ items: [SavedEntry.Item], at time: Int, onTop: Bool) {
    let place = onTop ? 0 : entries.firstIndex { $0.addedAt <= time } ?? entries.count
    entries.insert(contentsOf: items.map { SavedEntry(item: $0, addedAt: time) }, at: place)
  }

  private mutating func takeNew(_ count: Int, _ catalogue: Catalogue) -> [Int] {
    var tracks: [Int] = []
    while tracks.count < count {
      for track in source.next(from: catalogue).tracks
      where tracks.count < count && present.insert(track).inserted {
        tracks.append(track)
      }
    }
    return tracks
  }

  private func positions(
    _ references: [LibraryEdit.Reference], _ catalogue: Catalogue
  ) throws(SimulatorError) -> Set<Int> {
    var positions: Set<Int> = []
    for reference in references {
      switch reference {
      case .position(let position):
        guard entries.indices.contains(position) else {
          throw SimulatorError("no row at position \(position)")
        }
        positions.insert(position)
      case .id(let text):
        let id = text.split(separator: ":").last.map(String.init) ?? text
        guard let track = catalogue.trackIDs.index(id),
          let position = entries.firstIndex(where: { $0.item == .track(track) })
        else { throw SimulatorError("not saved: \(text)") }
        positions.insert(position)
      }
    }
    return positions
  }
}

extension SavedEntry {
  /// Spotify's id, a local file's URI, or `null`.
  func key(_ catalogue: Catalogue) -> String? {
    switch item {
    case .track(let number): catalogue.trackIDs.text(number)
    case .local(let number): LocalFile(number).uri
    case .null: nil
    }
  }
}
