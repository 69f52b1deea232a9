/// The artists a person follows, in the order of their ids: a cursor finds its place even when its artist is gone.
struct FollowList: Sendable {
  struct Follow: Sendable, Equatable {
    let id: String
    let artist: Int
  }

  private(set) var follows: [Follow] = []
  private(set) var version = 1
  private(set) var totalOffset = 0
  /// Where the sequence of artists begins and how it goes on: each comes once.
  private let first: Int
  private let step: Int
  private var taken = 0

  static let most = 2_000

  var total: Int { max(0, follows.count + totalOffset) }

  init(seed: UInt64, count: Int, catalogue: Catalogue) {
    var random = SplitMix64.stream(seed, 10, 0)
    first = random.below(Catalogue.artistCount)
    // The number of artists is prime, so that every step length meets each of them.
    step = 1 + random.below(Catalogue.artistCount - 1)
    for _ in 0..<min(count, FollowList.most) { follows.append(next(catalogue)) }
    follows.sort { $0.id < $1.id }
  }

  /// The follows that come after the artist with this id, whether it is followed or not.
  func after(_ id: String?) -> ArraySlice<Follow> {
    guard let id else { return follows[...] }
    return follows[place(of: id, skippingEqual: true)...]
  }

  /// - Throws: ``SimulatorError`` when somebody is not an artist or not followed; nothing is changed then.
  mutating func apply(
    _ edit: FollowEdit, catalogue: Catalogue
  ) throws(SimulatorError) -> FollowEdit.Outcome {
    var new: [Follow] = []
    for id in edit.followIds ?? [] {
      guard let artist = catalogue.artistIDs.index(id), (0..<Catalogue.artistCount).contains(artist) else {
        throw SimulatorError("no such artist: \(id)")
      }
      new.append(Follow(id: id, artist: artist))
    }
    let removed = try positions(edit.unfollow ?? [])
    let wanted = edit.follow ?? 0
    guard wanted >= 0, follows.count + wanted + new.count <= FollowList.most else {
      throw SimulatorError("nobody follows more than \(FollowList.most) artists here")
    }
    let gone = removed.sorted().map { follows[$0] }
    follows = follows.enumerated().filter { !removed.contains($0.offset) }.map(\.element)
    while new.count < wanted + (edit.followIds?.count ?? 0) {
      let candidate = next(catalogue)
      if !(follows + gone + new).contains(candidate) { new.append(candidate) }
    }
    for follow in new where !follows.contains(follow) {
      follows.insert(follow, at: place(of: follow.id, skippingEqual: false))
    }
    totalOffset = edit.totalOffset ?? totalOffset
    version += 1
    return FollowEdit.Outcome(
      followed: new.map(\.id), unfollowed: gone.map(\.id), total: total, version: version)
  }

  private mutating func next(_ catalogue: Catalogue) -> Follow {
    let artist = (first + taken % Catalogue.artistCount * step) % Catalogue.artistCount
    taken += 1
    return Follow(id: catalogue.artistIDs.text(artist), artist: artist)
  }

  private func place(of id: String, skippingEqual: Bool) -> Int {
    var (low, high) = (0, follows.count)
    while low < high {
      let middle = (low + high) / 2
      if follows[middle].id < id || (skippingEqual && follows[middle].id == id) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  private func positions(_ references: [LibraryEdit.Reference]) throws(SimulatorError) -> Set<Int> {
    var positions: Set<Int> = []
    for reference in references {
      switch reference {
      case .position(let position):
        guard follows.indices.contains(position) else {
          throw SimulatorError("no followed artist at position \(position)")
        }
        positions.insert(position)
      case .id(let text):
        guard let position = follows.firstIndex(where: { $0.id == text || "spotify:artist:\($0.id)" == text })
        else { throw SimulatorError("not followed: \(text)") }
        positions.insert(position)
      }
    }
    return positions
  }
}
