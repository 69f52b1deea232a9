extension PlaylistShelf {
  /// Does what `edit` says: create, items (remove, move, add, lose), names and marks, place, delete, in this order.
  ///
  /// - Throws: ``SimulatorError`` when something isn't there; nothing is changed then.
  mutating func apply(
    _ edit: PlaylistEdit, now: Int, catalogue: Catalogue
  ) throws(SimulatorError) -> PlaylistEdit.Outcome {
    var shelf = self
    let outcome = try shelf.change(edit, now: now, catalogue: catalogue)
    self = shelf
    return outcome
  }

  private mutating func change(
    _ edit: PlaylistEdit, now: Int, catalogue: Catalogue
  ) throws(SimulatorError) -> PlaylistEdit.Outcome {
    if let offset = edit.totalOffset { setTotalOffset(offset) }
    if let creation = edit.create {
      guard playlists.count < PlaylistShelf.most, (0...20_000).contains(creation.items ?? 0) else {
        throw SimulatorError("a list has at most \(PlaylistShelf.most) playlists of at most 20000 items")
      }
      create(creation)
    }
    let position = try position(edit)
    var items = items(at: position)
    let removed = try positions(edit.remove ?? [], items, catalogue)
    let gone = removed.sorted().map { items[$0].uri(catalogue) }
    items = items.enumerated().filter { !removed.contains($0.offset) }.map(\.element)
    if let move = edit.move {
      let count = move.count ?? 1
      guard count >= 0, move.from >= 0, move.from + count <= items.count else {
        throw SimulatorError("no \(count) items at position \(move.from)")
      }
      let block = Array(items[move.from..<move.from + count])
      items.removeSubrange(move.from..<move.from + count)
      items.insert(contentsOf: block, at: min(max(0, move.to), items.count))
    }
    let added = try new(edit, version: playlists[position].version, now: now, catalogue)
    items.insert(contentsOf: added, at: min(max(0, edit.at ?? items.count), items.count))
    for place in (edit.insertNullAt ?? []).sorted() {
      items.insert(PlaylistItem(content: .null, addedAt: now), at: min(max(0, place), items.count))
    }
    update(at: position) { playlist in
      playlist.setItems(items)
      playlist.name = edit.rename ?? playlist.name
      playlist.description = edit.description ?? playlist.description
      playlist.isPublic = edit.isPublic ?? playlist.isPublic
      playlist.isCollaborative = edit.isCollaborative ?? playlist.isCollaborative
      playlist.isListed = edit.isListed ?? playlist.isListed
      playlist.isGone = edit.isGone ?? playlist.isGone
      playlist.markChanged(keepsSnapshot: edit.keepSnapshot ?? false)
    }
    let playlist = playlists[position]
    if edit.delete == true {
      _ = remove(at: position)
    } else if let place = edit.listPosition {
      move(from: position, to: place)
    }
    return PlaylistEdit.Outcome(
      id: playlist.id, snapshot: edit.delete == true ? nil : playlist.snapshot,
      added: added.compactMap { $0.uri(catalogue) }, removed: gone, total: items.count, playlists: total)
  }

  private func position(_ edit: PlaylistEdit) throws(SimulatorError) -> Int {
    if edit.create != nil { return 0 }
    switch edit.playlist {
    case nil: throw SimulatorError("which playlist?")
    case .position(let position):
      guard playlists.indices.contains(position) else {
        throw SimulatorError("no playlist at position \(position)")
      }
      return position
    case .id(let text):
      let id = text.split(separator: ":").last.map(String.init) ?? text
      guard let position = position(of: id) else { throw SimulatorError("no such playlist: \(text)") }
      return position
    }
  }

  private func positions(
    _ references: [LibraryEdit.Reference], _ items: [PlaylistItem], _ catalogue: Catalogue
  ) throws(SimulatorError) -> Set<Int> {
    var positions: Set<Int> = []
    for reference in references {
      switch reference {
      case .position(let position):
        guard items.indices.contains(position) else {
          throw SimulatorError("no item at position \(position)")
        }
        positions.insert(position)
      case .id(let uri):
        let found = items.indices.filter { items[$0].uri(catalogue) == uri }
        guard !found.isEmpty else { throw SimulatorError("not in the playlist: \(uri)") }
        positions.formUnion(found)
      }
    }
    return positions
  }

  private func new(
    _ edit: PlaylistEdit, version: Int, now: Int, _ catalogue: Catalogue
  ) throws(SimulatorError) -> [PlaylistItem] {
    for count in [edit.add, edit.addEpisodes, edit.addLocal] {
      guard (0...20_000).contains(count ?? 0) else { throw SimulatorError("at most 20000 items at once") }
    }
    var contents: [PlaylistItem.Content] = []
    // Other tracks at every change.
    let source = PlaylistItemSource(
      seed: UInt64(version) &* SplitMix64.increment, number: version, size: edit.add ?? 0, style: .tracks)
    contents += source.items(catalogue).map(\.content)
    for uri in edit.addUris ?? [] {
      guard let id = uri.split(separator: ":").last, let track = catalogue.trackIDs.index(id) else {
        throw SimulatorError("no such track: \(uri)")
      }
      contents.append(.track(track))
    }
    var random = SplitMix64.stream(UInt64(version), 13, 0)
    for _ in 0..<(edit.addEpisodes ?? 0) { contents.append(.episode(random.below(100_000))) }
    for _ in 0..<(edit.addLocal ?? 0) { contents.append(.local(random.below(1_000_000))) }
    return contents.map { PlaylistItem(content: $0, addedAt: now) }
  }
}
