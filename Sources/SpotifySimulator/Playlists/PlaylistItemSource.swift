/// Makes what is in a playlist: the same number makes the same items.
struct PlaylistItemSource: Sendable {
  /// What kinds of items come.
  enum Style: Sendable {
    case tracks
    /// Episodes, local files, lost items and tracks that stand there twice.
    case mixed
    /// The first third has no `added_at` and nobody who added it.
    case old
  }

  let seed: UInt64
  let number: Int
  let size: Int
  let style: Style

  func items(_ catalogue: Catalogue) -> [PlaylistItem] {
    var random = SplitMix64.stream(seed, 11, UInt64(number))
    var source = SavedTrackSource(seed: SplitMix64.mix(seed &+ UInt64(number)), expected: size)
    var time = catalogue.today - (30 + random.below(2_000)) * Timestamp.secondsPerDay
    var items: [PlaylistItem] = []
    items.reserveCapacity(size)
    while items.count < size {
      let pick = source.next(from: catalogue)
      for track in pick.tracks where items.count < size {
        var item = PlaylistItem(content: .track(track), addedAt: time)
        if style == .mixed { item.content = odd(at: items.count, items, &random) ?? item.content }
        if style == .old, items.count < max(1, size / 3) {
          item.addedAt = nil
          item.adder = items.count % 2 == 0 ? .unknown : .nobody
        }
        items.append(item)
        if !pick.atOnce { time += 1 + random.below(3_600) }
      }
    }
    return items
  }

  /// Every oddity near the top, and now and then below.
  private func odd(
    at position: Int, _ items: [PlaylistItem], _ random: inout SplitMix64
  ) -> PlaylistItem.Content? {
    let dice = random.below(160)
    switch position {
    case 3: return .episode(random.below(100_000))
    case 5: return .local(random.below(1_000_000))
    case 7: return .null
    case 9: return items[2].content
    case 10...:
      switch dice {
      case 0: return .episode(random.below(100_000))
      case 1: return .local(random.below(1_000_000))
      case 2: return .null
      case 3: return items[random.below(items.count)].content
      default: return nil
      }
    default: return nil
    }
  }
}
