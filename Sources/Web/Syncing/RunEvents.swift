import Domain
import HTTPServer
import Reactor
import Storage

/// `GET /spotify/sync/{id}/events/`: a run as it goes, as server-sent events.
///
/// Every event is the run as its row has it, under an id that says what it shows: a client that comes back with
/// the last id it saw misses nothing and gets nothing twice, on whichever instance. Hints say when to look; who
/// gets none looks all the same.
struct RunEvents: Sendable {
  private let call: Call
  private let caller: Caller
  private let run: RunID
  private let watch: RunWatch

  /// How soon a change is seen whose hint was lost.
  private static let look = Duration.milliseconds(750)
  /// The least time between two looks: a run that changes all the time costs no more.
  private static let rest = Duration.milliseconds(100)
  /// How often a silent stream gives a sign of life, so that proxies keep it.
  private static let signOfLife = Duration.seconds(15)

  static func follow(_ call: Call) async throws -> HTTPResponse {
    let run = try SyncEndpoints.run(call)
    let caller = try call.caller()
    let user = try await call.user()
    // Before the first look, so that nothing falls between the two.
    let events = RunEvents(
      call: call, caller: caller, run: run, watch: try call.services.runWatchers.watch(run, of: user))
    guard let first = try await call.services.runs.load(run, for: caller) else {
      throw SyncEndpoints.noSuchRun
    }
    let seen = call.request.headers["last-event-id"]
    let event = RunEvent(first)
    // 204 is what ends a browser's coming back (HTML, section 9.2.3).
    if event.isLast, event.id == seen { return Answer.empty() }
    return HTTPResponse(
      status: 200, headers: fields, body: .stream { try await events.write(to: $0, from: event, after: seen) }
    )
  }

  private static let fields: HTTPHeaders = [
    "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store",
    // nginx would hold the events back until a buffer is full.
    "x-accel-buffering": "no",
  ]

  /// Writes until the run has ended or is gone, the session or token is over, the client has gone or the process ends.
  private func write(to client: HTTPBodyWriter, from first: RunEvent, after seen: String?) async throws {
    let reactor = call.services.reactor
    // A wake that comes while the client takes its time waits for it; there is never more than one.
    let timer = reactor.schedule(after: RunEvents.look, repeating: RunEvents.look) { [watch] in watch.wake() }
    defer { timer.cancel() }
    try await client.write(Array("retry: 1000\n\n".utf8))
    var seen = seen
    if first.id != seen { try await client.write(first.bytes) }
    seen = first.id
    if first.isLast { return }
    var nextSign = ContinuousClock.now + RunEvents.signOfLife
    for await _ in watch.wakes {
      switch try await look() {
      case .event(let event):
        if event.id != seen { try await client.write(event.bytes) }
        seen = event.id
        if event.isLast { return }
      case .away: break
      case .over: return
      }
      if nextSign <= .now {
        try await client.write(Array(":\n\n".utf8))
        nextSign = .now + RunEvents.signOfLife
      }
      try await reactor.sleep(for: RunEvents.rest)
    }
  }

  private enum Sight {
    case event(RunEvent)
    /// Postgres can't be asked now; it comes back.
    case away
    /// The run is gone, or what its follower came with is.
    case over
  }

  private func look() async throws(StorageError) -> Sight {
    do {
      return try await call.services.runs.load(run, for: caller).map { .event(RunEvent($0)) } ?? .over
    } catch {
      switch error.code {
      case .unavailable: return .away
      case .unauthenticated, .tokenInvalid: return .over
      case .cancelled: throw error
      default:
        call.logger.error("a run can't be followed any more", ["error": error.description])
        throw error
      }
    }
  }
}

/// A run as an event.
struct RunEvent: Sendable {
  /// Another run, another id; the same as the ETag of the run itself.
  let id: String
  /// Whether nothing comes after it.
  let isLast: Bool
  let bytes: [UInt8]

  init(_ run: SyncRun) {
    // JSON has its line breaks escaped, so that it is one line of data.
    let json = JSONWriter.bytes { $0.run(run) }
    id = Hexadecimal.text(ContentHash.of(json))
    isLast = !run.status.isOpen
    bytes = Array("event: run\nid: \(id)\ndata: ".utf8) + json + Array("\n\n".utf8)
  }
}
