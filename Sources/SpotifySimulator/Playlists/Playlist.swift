import Foundation

/// A playlist as one person has it in the list.
struct Playlist: Sendable {
  enum Owner: Sendable, Equatable {
    /// Whoever has it in the list.
    case me
    /// An invented person.
    case person(Int)
    case spotify
    /// An owner of whom Spotify has lost everything.
    case lost
  }

  let id: String
  var name: String
  /// Spotify says null or "" for none.
  var description: String?
  var owner: Owner
  /// Null when it is not in a profile.
  var isPublic: Bool?
  var isCollaborative = false
  /// False: the list has a `null` in its place.
  var isListed = true
  /// Its own address answers 404.
  var isGone = false
  /// What the snapshot id tells.
  private(set) var revision = 1
  /// Grows with every change: what was rendered from an older one is stale.
  private(set) var version = 1
  private let source: PlaylistItemSource
  private var loaded: [PlaylistItem]?

  init(id: String, name: String, owner: Owner, isPublic: Bool?, source: PlaylistItemSource) {
    self.id = id
    self.name = name
    self.owner = owner
    self.isPublic = isPublic
    self.source = source
  }

  var count: Int { loaded?.count ?? source.size }

  /// Whether Development Mode shows its contents to the person who has it.
  var isOwnOrShared: Bool { owner == .me || isCollaborative }

  /// Opaque, and another one after every change.
  var snapshot: String {
    var random = SplitMix64(seed: SplitMix64.mix(id.hashOfBytes) ^ UInt64(revision))
    var bytes = [UInt8](repeating: 0, count: 4)
    for place in 0..<4 { bytes[place] = UInt8(truncatingIfNeeded: revision >> (24 - 8 * place)) }
    for _ in 0..<20 { bytes.append(UInt8(truncatingIfNeeded: random.next())) }
    return Data(bytes).base64EncodedString()
  }

  mutating func items(_ catalogue: Catalogue) -> [PlaylistItem] {
    if let loaded { return loaded }
    let items = source.items(catalogue)
    loaded = items
    return items
  }

  mutating func setItems(_ items: [PlaylistItem]) { loaded = items }

  /// - Parameter keepsSnapshot: the snapshot id stays behind, as Spotify's does at times.
  mutating func markChanged(keepsSnapshot: Bool) {
    version += 1
    if !keepsSnapshot { revision = version }
  }
}

extension String {
  /// FNV-1a: the same on every platform and in every process.
  var hashOfBytes: UInt64 {
    utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
