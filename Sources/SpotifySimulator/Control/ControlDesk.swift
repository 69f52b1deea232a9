import Foundation
import HTTPServer
import Reactor

/// Answers what is asked below `/_simulator/`.
struct ControlDesk: Sendable {
  let engine: Engine

  private var state: Locked<SimulatorState> { engine.state }
  private var parking: ParkingLot { engine.parking }

  func answer(_ control: Endpoint.ControlCall, _ call: Call) async -> HTTPResponse {
    do {
      if case .held = control { return try await held(call) }
      return try perform(control, call)
    } catch let error as SimulatorError {
      return refuse(error.description)
    } catch let error as DecodingError {
      return refuse(ControlDesk.describe(error))
    } catch {
      return refuse("\(error)")
    }
  }

  private func perform(_ control: Endpoint.ControlCall, _ call: Call) throws -> HTTPResponse {
    switch control {
    case .requests: return try json(Requests(state.withLock { ($0.counts, $0.failedEdits) }))
    case .log: return try json(state.withLock { $0.log }.filter { try matches($0, call.query("group")) })
    case .resetCounts: state.withLock { $0.resetCounts() }
    case .latency:
      let message = try read(ControlMessage.Latency.self, call)
      state.withLock { $0.setLatency(.milliseconds(message.milliseconds), group: message.group) }
    case .faults: return try json(state.withLock { $0.faults.faults })
    case .addFaults:
      let faults = try read(ControlMessage.Faults.self, call).faults
      state.withLock { $0.faults.add(faults) }
    case .dropFaults: state.withLock { $0.faults.removeAll() }
    case .edit: return try change(LibraryEdit.self, call) { .tracks(user: $0, $1) }
    case .editFollowing: return try change(FollowEdit.self, call) { .following(user: $0, $1) }
    case .editPlaylists: return try change(PlaylistEdit.self, call) { .playlists(user: $0, $1) }
    case .editReleases: return try change(ReleaseEdit.self, call) { .release($1) }
    case .editPlayer: return try change(PlayerEdit.self, call) { .player(user: $0, $1) }
    case .users: return try json(state.withLock { $0.accounts.map(\.user) })
    case .addUser: try addUser(call)
    case .mode:
      let message = try read(ControlMessage.Mode.self, call)
      state.withLock { $0.setMode(message.mode, allowlist: message.allowlist) }
    case .clock:
      let message = try read(ControlMessage.Clock.self, call)
      state.withLock { $0.clockOffset += message.advanceSeconds }
    case .tokens: try setTokens(call)
    case .revoke:
      let message = try read(ControlMessage.Revoke.self, call)
      try state.withLock { try $0.revoke(message.user, accessTokens: message.accessTokens ?? false) }
    case .library:
      guard let user = call.query("user") else { throw SimulatorError("which user? (?user=ID)") }
      let from = max(0, call.query("releases_from").flatMap(Int.init) ?? 0)
      let count = max(0, call.query("releases_count").flatMap(Int.init) ?? 50)
      return try json(state.withLock { try $0.wholeTruth(user, from: from, count: count) })
    case .hold:
      let message = try read(ControlMessage.Hold.self, call)
      parking.hold(message.group, fromNth: message.fromNth ?? 1, user: message.user)
    case .release:
      let message = call.request.body.isEmpty ? .init() : try read(ControlMessage.Release.self, call)
      let count = parking.release(
        message.group, count: message.count, keepsHolding: message.keepHolding ?? false)
      return try json(ControlMessage.Count(count: count))
    case .held: throw SimulatorError("held is answered elsewhere")
    }
    return try json(ControlMessage.Done())
  }

  /// Waits for `at_least` (default 0: no wait) parked requests, for at most `timeout_ms` (default 30,000).
  private func held(_ call: Call) async throws -> HTTPResponse {
    let group = try call.query("group").map(group)
    let atLeast = call.query("at_least").flatMap(Int.init) ?? 0
    let timeout = Duration.milliseconds(call.query("timeout_ms").flatMap(Int.init) ?? 30_000)
    let isMet = await parking.waitUntilHeld(group, atLeast: atLeast, timeout: timeout, on: engine.reactor)
    let body = try encode(ControlMessage.Count(count: parking.count(group)))
    return .json(isMet ? 200 : 408, body)
  }

  private func change<Edit: Decodable>(
    _ type: Edit.Type, _ call: Call, _ make: (_ user: String, Edit) throws -> Change
  ) throws -> HTTPResponse {
    let message = try read(ControlMessage.Edit.self, call)
    let change = try make(message.user ?? "", try read(type, call))
    guard let when = message.when else {
      let outcome: any Encodable & Sendable = try state.withLock { try $0.perform(change) }
      return try json(outcome)
    }
    try state.withLock { try $0.trigger(change, when.group, when.nth ?? 1) }
    return try json(ControlMessage.Done())
  }

  private func addUser(_ call: Call) throws {
    let message = try read(ControlMessage.User.self, call)
    try state.withLock {
      try $0.add(
        SimulatorConfiguration.User(
          id: message.id, name: message.name ?? message.id, tracks: message.tracks ?? 100, seed: message.seed,
          artists: message.artists ?? 30, playlists: message.playlists ?? 12))
    }
  }

  private func setTokens(_ call: Call) throws {
    let message = try read(ControlMessage.Tokens.self, call)
    state.withLock { state in
      if let seconds = message.accessTokenSeconds { state.configuration.accessTokenSeconds = seconds }
      if let seconds = message.refreshTokenSeconds { state.configuration.refreshTokenSeconds = seconds }
      if let answer = message.refreshAnswer { state.configuration.refreshAnswer = answer }
    }
  }

  private func matches(_ request: LoggedRequest, _ name: String?) throws -> Bool {
    guard let name else { return true }
    return request.group == (try group(name))
  }

  private func group(_ name: String) throws -> EndpointGroup {
    guard let group = EndpointGroup(rawValue: name) else {
      let names = EndpointGroup.allCases.map(\.rawValue).joined(separator: ", ")
      throw SimulatorError("no such group: \(name); there are \(names)")
    }
    return group
  }

  // MARK: JSON

  private func read<Message: Decodable>(_ type: Message.Type, _ call: Call) throws -> Message {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(call.request.body))
  }

  private func json(_ value: some Encodable) throws -> HTTPResponse { .json(200, try encode(value)) }

  private func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value)) + [0x0A]
  }

  private func refuse(_ reason: String) -> HTTPResponse {
    .json(400) { $0.field("error", reason) }
  }

  private static func describe(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "\(key.stringValue) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      context.codingPath.map(\.stringValue).joined(separator: ".") + ": " + context.debugDescription
    @unknown default: "\(error)"
    }
  }

  /// The counts, and why edits that waited for a request could not be done.
  private struct Requests: Encodable {
    let counts: RequestCounts
    let failedEdits: [String]

    init(_ parts: (RequestCounts, [String])) { (counts, failedEdits) = parts }

    private enum CodingKeys: CodingKey {
      case failedEdits
    }

    func encode(to encoder: Encoder) throws {
      try counts.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(failedEdits, forKey: .failedEdits)
    }
  }
}
