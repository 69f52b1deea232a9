/// What a person listens to, and on what.
struct Player: Sendable {
  enum Content: Sendable, Equatable {
    /// A number of the ``Catalogue``.
    case track(Int)
    case episode(Int)
    /// Spotify says nothing about it.
    case ad
    /// A private session, or what Spotify doesn't know.
    case unknown
  }

  var isPremium = true
  var hasDevice = true
  private(set) var isPlaying = false
  /// What comes, one after the other, and then from the beginning; empty: nothing plays.
  private(set) var queue: [Content]
  private(set) var position = 0
  var context: String?
  private var progress = 0
  /// In microseconds; when `progress` was right.
  private var since = 0

  init(queue: [Content]) { self.queue = queue }

  var content: Content? { queue.indices.contains(position) ? queue[position] : nil }

  /// In milliseconds.
  func progress(at microseconds: Int, duration: Int) -> Int {
    min(duration, progress + (isPlaying ? max(0, microseconds - since) / 1_000 : 0))
  }

  mutating func load(_ queue: [Content], from position: Int, context: String?) {
    self.queue = queue
    self.position = position
    self.context = context
    progress = 0
  }

  mutating func resume(from milliseconds: Int? = nil, at microseconds: Int) {
    progress = milliseconds ?? progress
    since = microseconds
    isPlaying = true
  }

  mutating func pause(at microseconds: Int) {
    progress = progress(at: microseconds, duration: .max)
    since = microseconds
    isPlaying = false
  }

  mutating func skip(at microseconds: Int) {
    position = queue.isEmpty ? 0 : (position + 1) % queue.count
    resume(from: 0, at: microseconds)
  }
}
