import HTTPServer

extension SimulatorState {
  /// `GET /v1/me/player`: 204 when nothing plays.
  mutating func playback(_ caller: TokenClaims, _ call: Call) throws(APIRefusal) -> HTTPResponse {
    let account = try person(caller)
    try requireScope("user-read-playback-state", caller)
    let player = player(account)
    guard player.hasDevice, let content = player.content else { return HTTPResponse(status: 204) }
    let (json, now) = (json(call), microseconds)
    var writer = JSONWriter(capacity: 4_096)
    writer.object { writer in
      writer.key("device")
      json.device(deviceID(account), &writer)
      writer.field("repeat_state", "off")
      writer.field("shuffle_state", false)
      writer.key("context")
      json.context(player.context, &writer)
      writer.field("timestamp", now / 1_000)
      writer.field("is_playing", player.isPlaying)
      writer.key("actions")
      writer.object { writer in
        writer.key("disallows")
        writer.object { player.isPlaying ? $0.field("resuming", true) : $0.field("pausing", true) }
      }
      switch content {
      case .track(let number):
        let duration = catalogue.track(number).durationMilliseconds
        writer.field("progress_ms", player.progress(at: now, duration: duration))
        writer.field("currently_playing_type", "track")
        writer.key("item")
        json.track(number, padding: 0, &writer)
      case .episode(let number):
        let duration = catalogue.episode(number).durationMilliseconds
        writer.field("progress_ms", player.progress(at: now, duration: duration))
        writer.field("currently_playing_type", "episode")
        writer.key("item")
        if call.wantsEpisodes { json.episode(number, &writer) } else { writer.null() }
      case .ad, .unknown:
        writer.nullField("progress_ms")
        writer.field("currently_playing_type", content == .ad ? "ad" : "unknown")
        writer.nullField("item")
      }
    }
    return .json(200, writer.bytes)
  }

  /// `PUT /v1/me/player/play`, `PUT …/pause` and `POST …/next`.
  mutating func command(
    _ command: Endpoint.APICall, _ caller: TokenClaims, _ call: Call
  ) throws(APIRefusal) -> HTTPResponse {
    let account = try person(caller)
    try requireScope("user-modify-playback-state", caller)
    let order = command == .play ? try PlayOrder.read(call.request.body) : nil
    var player = player(account)
    guard player.isPremium else {
      throw APIRefusal(403, "Player command failed: Premium required", reason: "PREMIUM_REQUIRED")
    }
    guard player.hasDevice else {
      throw APIRefusal(404, "Player command failed: No active device found", reason: "NO_ACTIVE_DEVICE")
    }
    if let device = call.query("device_id"), !device.isEmpty, device != deviceID(account) {
      throw APIRefusal(404, "Device not found")
    }
    switch command {
    case .pause where player.isPlaying: player.pause(at: microseconds)
    case .next where player.content != nil: player.skip(at: microseconds)
    case .play:
      if let order, order.uris != nil || order.contextUri != nil {
        let queue = try queue(order, account)
        player.load(queue.contents, from: queue.position, context: order.contextUri)
      } else if player.isPlaying, order == nil {
        throw SimulatorState.restriction
      }
      guard player.content != nil else { throw SimulatorState.restriction }
      player.resume(from: order?.positionMs, at: microseconds)
    default: throw SimulatorState.restriction
    }
    accounts[account].player = player
    return HTTPResponse(status: 204)
  }

  private static let restriction = APIRefusal(
    403, "Player command failed: Restriction violated", reason: "UNKNOWN")

  private func deviceID(_ account: Int) -> String {
    let digits = String(SplitMix64.mix(UInt64(accounts[account].key)), radix: 16)
    return String(repeating: "d", count: 40 - digits.count) + digits
  }

  /// What is to be played, and where it begins.
  private mutating func queue(
    _ order: PlayOrder, _ account: Int
  ) throws(APIRefusal) -> (contents: [Player.Content], position: Int) {
    var contents: [Player.Content] = []
    if let context = order.contextUri {
      contents = try contentsOf(context)
    } else {
      for uri in order.uris ?? [] {
        guard let content = content(uri) else { throw APIRefusal(400, "Invalid track uri: \(uri)") }
        contents.append(content)
      }
    }
    var position = order.offset?.position ?? 0
    if let uri = order.offset?.uri, let content = content(uri) {
      position = contents.firstIndex(of: content) ?? 0
    }
    guard contents.indices.contains(position) else { throw APIRefusal(400, "Invalid offset") }
    return (contents, position)
  }

  private func content(_ uri: String) -> Player.Content? {
    let parts = uri.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "spotify" else { return nil }
    switch parts[1] {
    case "track": return catalogue.trackIDs.index(parts[2]).map { .track($0) }
    case "episode": return catalogue.episodeIDs.index(parts[2]).map { .episode($0) }
    default: return nil
    }
  }

  /// The tracks of an album or a playlist.
  private mutating func contentsOf(_ context: String) throws(APIRefusal) -> [Player.Content] {
    let parts = context.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    if parts.count == 3, parts[1] == "album", let number = catalogue.albumIDs.index(parts[2]) {
      return (0..<catalogue.album(number).totalTracks).map {
        .track(catalogue.trackNumber(album: number, position: $0))
      }
    }
    if parts.count == 3, parts[1] == "playlist", let items = playlistItems(of: parts[2]) {
      return items.compactMap { item in
        switch item.content {
        case .track(let number): .track(number)
        case .episode(let number): .episode(number)
        case .local, .null: nil
        }
      }
    }
    throw APIRefusal(400, "Invalid context uri")
  }
}
