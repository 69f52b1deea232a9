/// How many there were in the last minute, in a few words of memory: counted in buckets of ten seconds, each of which
/// counts until its last moment is a minute ago.
struct MinuteCount: Sendable {
  /// Bucket I is element I % 8; the seven that count, and one that is empty.
  private var buckets = SIMD8<UInt32>()
  private var newest = 0

  private static let seconds = 10

  /// - Parameter time: since any moment that stays the same; it doesn't run backwards.
  mutating func add(at time: Duration) {
    advance(to: time)
    buckets[newest & 7] &+= 1
  }

  mutating func total(at time: Duration) -> Int {
    advance(to: time)
    return Int(buckets.wrappedSum())
  }

  /// How long it takes until there are fewer than `limit`.
  mutating func wait(at time: Duration, below limit: Int) -> Duration {
    var left = total(at: time)
    var bucket = newest - 7
    while left >= limit, bucket < newest {
      bucket += 1
      left -= Int(buckets[bucket & 7])
    }
    return max(.zero, .seconds((bucket + 7) * MinuteCount.seconds) - time)
  }

  private mutating func advance(to time: Duration) {
    let bucket = Int(time.components.seconds) / MinuteCount.seconds
    guard bucket > newest else { return }
    if bucket - newest >= 8 {
      buckets = SIMD8()
    } else {
      // The one behind the newest is the one that has just left.
      for empty in (newest + 2)...(bucket + 1) { buckets[empty & 7] = 0 }
    }
    newest = bucket
  }
}
