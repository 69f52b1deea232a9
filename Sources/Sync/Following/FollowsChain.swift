import Domain

/// The list of followed artists goes in circles: a cursor came twice, or a page brought nobody new.
package struct FollowedListLoops: Error, Equatable {
  package init() {}
}

/// The part of a list of followed artists that is known from its top on, without a gap. A pure value.
struct FollowsChain: Sendable {
  enum End: Sendable, Equatable {
    /// It goes on behind this cursor; nil: nothing is known yet.
    case open(after: String?)
    case closed
  }

  private(set) var end = End.open(after: nil)
  private(set) var slots: [FollowsPage.Slot] = []
  private var seen: Set<ArtistID> = []
  private var cursors: Set<String> = []

  /// How far back a border is looked for: what two pages may have brought.
  private static let window = 100

  init() {}

  /// A page by itself, as if the list began there.
  init(_ page: FollowsPage) {
    add(page.slots[...])
    end = page.cursor.map { .open(after: $0) } ?? .closed
  }

  /// Takes the page that was asked for behind the end.
  mutating func append(_ page: FollowsPage) throws(FollowedListLoops) {
    let bringsSomebody = page.slots.contains { slot in
      if case .artist(let artist) = slot { !seen.contains(artist) } else { false }
    }
    if let cursor = page.cursor {
      // A cursor without anybody new would lead on and on.
      guard bringsSomebody, cursors.insert(cursor).inserted else { throw FollowedListLoops() }
    } else {
      let repeatsOnly = page.slots.contains { if case .artist = $0 { true } else { false } }
      guard bringsSomebody || !repeatsOnly else { throw FollowedListLoops() }
    }
    add(page.slots[...])
    end = page.cursor.map { .open(after: $0) } ?? .closed
  }

  /// Takes a page that was asked for behind `border`, a place that is known from last time, if it fits: the two
  /// share a place, say the same of all that both show, and the rest of the page is new.
  mutating func join(_ page: FollowsPage, askedBehind border: ArtistID) -> Bool {
    guard let known = overlap(page, border) else { return false }
    let new = page.slots.dropFirst(known)
    let ids = new.compactMap(\.id)
    guard Set(ids).count == ids.count, seen.isDisjoint(with: ids) else { return false }
    // That the list ends where a page said that it goes on is for the next page to say.
    if new.isEmpty { return true }
    if let cursor = page.cursor, !cursors.insert(cursor).inserted { return false }
    add(new)
    end = page.cursor.map { .open(after: $0) } ?? .closed
    return true
  }

  private mutating func add(_ new: ArraySlice<FollowsPage.Slot>) {
    slots += new
    seen.formUnion(new.compactMap(\.id))
  }

  /// How many of the page's places are the chain's last ones; nil when that can't be told.
  private func overlap(_ page: FollowsPage, _ border: ArtistID) -> Int? {
    let known: Int
    if let place = slots.suffix(FollowsChain.window).lastIndex(where: { $0.id == border }) {
      known = slots.count - place - 1
    } else if let last = slots.last?.id, let place = page.slots.lastIndex(where: { $0.id == last }) {
      // The border isn't in the list any more; the page began somewhere, and where is seen.
      known = place + 1
    } else {
      return nil
    }
    guard known <= page.slots.count, known <= slots.count else { return nil }
    let isSame = zip(slots.suffix(known), page.slots).allSatisfy { one, other in
      one.id == nil || other.id == nil || one.id == other.id
    }
    return isSame ? known : nil
  }
}
