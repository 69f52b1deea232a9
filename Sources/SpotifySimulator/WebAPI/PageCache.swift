import HTTPServer

/// Pages that were rendered before: asked for again, they cost nothing but the sending.
struct PageCache {
  struct Key: Hashable {
    /// What is paged.
    var resource = "me/tracks"
    var user: String
    var version: Int
    var offset: Int
    var limit: Int
    var mode: QuotaMode
    var origin: String
  }

  private var pages: [Key: SharedBytes] = [:]
  private var size = 0
  private let capacity: Int

  /// - Parameter capacity: in bytes; beyond it everything is dropped and begun anew.
  init(capacity: Int = 256 << 20) { self.capacity = capacity }

  subscript(key: Key) -> SharedBytes? { pages[key] }

  mutating func insert(_ bytes: SharedBytes, _ key: Key) {
    if size + bytes.count > capacity { removeAll() }
    size += bytes.count
    pages[key] = bytes
  }

  mutating func removeAll() {
    pages = [:]
    size = 0
  }
}
