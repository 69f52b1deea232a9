/// The playlists of one person's list, in its order: own, shared and followed ones.
struct PlaylistShelf: Sendable {
  private(set) var playlists: [Playlist]
  private(set) var totalOffset = 0
  private let seed: UInt64
  private let key: Int
  private let catalogue: Catalogue
  /// How many were ever made; what is deleted never comes back under its id.
  private var made = 0

  static let most = 10_000
  private static let numberBits = 20

  var total: Int { max(0, playlists.count + totalOffset) }

  /// - Parameter key: of the person, as ``key(seed:user:)`` makes it.
  init(seed: UInt64, key: Int, count: Int, catalogue: Catalogue, oddities: Bool) {
    self.seed = seed
    self.key = key
    self.catalogue = catalogue
    playlists = []
    playlists.reserveCapacity(count)
    for number in 0..<count {
      playlists.append(oddities ? odd(number) : make(number, size: PlaylistShelf.sizes[number % 11]))
    }
    made = count
  }

  /// What tells the playlists of one person from those of all others.
  static func key(seed: UInt64, user: String) -> Int {
    Int(SplitMix64.mix(seed ^ user.hashOfBytes) >> 33)
  }

  /// The key of the person whose playlist this is; nil for no playlist's id.
  static func key(of id: String, _ catalogue: Catalogue) -> Int? {
    catalogue.playlistIDs.index(id).map { $0 >> numberBits }
  }

  func position(of id: String) -> Int? { playlists.firstIndex { $0.id == id } }

  /// The items, made when they are first needed.
  mutating func items(at position: Int) -> [PlaylistItem] { playlists[position].items(catalogue) }

  mutating func update(at position: Int, _ change: (inout Playlist) -> Void) { change(&playlists[position]) }

  mutating func remove(at position: Int) -> Playlist { playlists.remove(at: position) }

  mutating func move(from: Int, to: Int) {
    playlists.insert(playlists.remove(at: from), at: min(max(0, to), playlists.count - 1))
  }

  mutating func setTotalOffset(_ offset: Int) { totalOffset = offset }

  /// A new playlist on top.
  mutating func create(_ order: PlaylistEdit.Creation) {
    var playlist = make(made, size: order.items ?? 0, style: order.mixed == true ? .mixed : .tracks)
    made += 1
    playlist.name = order.name ?? playlist.name
    playlist.description = order.description ?? ""
    playlist.isPublic = order.isPublic ?? true
    switch order.kind ?? .own {
    case .own: break
    case .collaborative: playlist.isCollaborative = true
    case .foreign: playlist.owner = .person(1)
    case .shared: (playlist.owner, playlist.isCollaborative) = (.person(1), true)
    case .spotify: playlist.owner = .spotify
    }
    playlists.insert(playlist, at: 0)
  }

  // MARK: Making

  private static let sizes = [51, 1, 0, 120, 220, 49, 30, 50, 75, 100, 23]

  private func make(
    _ number: Int, size: Int, owner: Playlist.Owner = .me, style: PlaylistItemSource.Style = .tracks
  ) -> Playlist {
    var random = SplitMix64.stream(seed, 7, UInt64(number))
    let isPublic = [true, true, false][random.below(3)]
    var playlist = Playlist(
      id: catalogue.playlistIDs.text(key << PlaylistShelf.numberBits | number), name: Names.title(&random),
      owner: owner, isPublic: isPublic,
      source: PlaylistItemSource(seed: seed, number: number, size: size, style: style))
    playlist.description = random.oneIn(3) ? nil : random.oneIn(2) ? "" : Names.title(&random)
    return playlist
  }

  /// The first dozen has every oddity; of the others every sixth is somebody else's.
  private func odd(_ number: Int) -> Playlist {
    switch number {
    case 1:
      var playlist = make(number, size: 1)
      (playlist.isPublic, playlist.description) = (false, "")
      return playlist
    case 2:
      var playlist = make(number, size: 0)
      (playlist.isPublic, playlist.description) = (nil, nil)
      return playlist
    case 3: return make(number, size: 120, owner: .person(0))
    case 4: return make(number, size: 220, style: .mixed)
    case 5:
      var playlist = make(number, size: 49)
      (playlist.isCollaborative, playlist.isPublic) = (true, false)
      return playlist
    case 6:
      var playlist = make(number, size: 30, owner: .spotify)
      (playlist.isListed, playlist.isGone) = (false, true)
      return playlist
    case 8:
      var playlist = make(number, size: 75, owner: .person(1))
      (playlist.isCollaborative, playlist.isPublic) = (true, false)
      return playlist
    case 9: return make(number, size: 100, style: .old)
    case 10:
      var playlist = make(number, size: 50, owner: .spotify)
      playlist.isGone = true
      return playlist
    case 15: return make(number, size: 20, owner: .lost)
    case 12...:
      var random = SplitMix64.stream(seed, 12, UInt64(number))
      let size = random.oneIn(2) ? PlaylistShelf.sizes[random.below(11)] : random.below(180)
      return make(
        number, size: size, owner: number % 6 == 1 ? .person(number) : .me,
        style: random.oneIn(3) ? .mixed : .tracks)
    default: return make(number, size: PlaylistShelf.sizes[number % 11])
    }
  }
}
