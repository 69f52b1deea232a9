import Domain
import FoundationEssentials
import Redis

/// How long requests count, and how finely.
package struct LedgerWindows: Sendable {
  package struct Window: Sendable {
    package let length: Duration
    /// A bucket counts wholly until its end has left the window.
    package let bucket: Duration

    package init(length: Duration, bucket: Duration) {
      self.length = length
      self.bucket = bucket
    }
  }

  package let short: Window
  package let day: Window
  /// How much longer everything counts: requests don't all take the same time to get there.
  package let margin: Duration

  package init(short: Window, day: Window, margin: Duration) {
    self.short = short
    self.day = day
    self.margin = margin
  }

  /// Spotify's rate limit looks at 30 s, its quota at what looks like a rolling day (Spotify, "Rate limits"; GuessSong issue 28).
  package static let spotify = LedgerWindows(
    short: Window(length: .seconds(30), bucket: .seconds(1)),
    day: Window(length: .seconds(86_400), bucket: .seconds(300)), margin: .seconds(1))
}

/// Every request to Spotify of a developer account, counted in Redis for all instances together.
///
/// One hash per account, `ledger:ACCOUNT`. It ends eight days after its last request.
///
/// | field | what |
/// |---|---|
/// | `seeded` | there when the counts are known; without it Redis was wiped, or the account is new |
/// | `server` | the run of the Redis server that counted last |
/// | `w`, `w.I`, `w.gone` | requests of the short window: their sum, those of bucket I, the newest bucket taken out |
/// | `w:GROUP`… | the same for one group |
/// | `d:GROUP`… | the same of a day |
/// | `paused` | when the account may go on, in ms; `paused.reason` |
/// | `parked:GROUP` | when a group may; `parked:GROUP.reason` |
/// | `people` | until when people wait for a place |
package struct RequestLedger: Sendable {
  /// What becomes of a request.
  package enum Answer: Sendable, Equatable {
    /// It is counted: send it.
    case go
    case wait(Duration, Cause)
    /// Nothing is known of this account: ``seed(_:ceilings:)`` first.
    case unknown
  }

  package enum Cause: String, Sendable {
    /// Spotify asked the whole account to wait.
    case paused
    /// Spotify asked this group to wait for longer.
    case rate
    /// The group's quota at Spotify is used up.
    case quota
    /// Somebody waits for the next place.
    case people
    /// The ceiling of the short window is reached.
    case window
    /// The group's ceiling of the day is reached.
    case day
  }

  /// What an account begins with that Redis knows nothing of.
  package struct Seed: Sendable {
    package struct Count: Sendable {
      package let group: EndpointGroup
      /// When the bucket of the day began; nil: now's.
      package let start: Date?
      package let requests: Int

      package init(group: EndpointGroup, start: Date?, requests: Int) {
        self.group = group
        self.start = start
        self.requests = requests
      }
    }

    package var counts: [Count]
    package var pauses: [RequestPause]
    /// Count the short window as full: what was sent just before isn't known.
    package var isWindowFull: Bool

    package init(counts: [Count] = [], pauses: [RequestPause] = [], isWindowFull: Bool = false) {
      self.counts = counts
      self.pauses = pauses
      self.isWindowFull = isWindowFull
    }
  }

  private let redis: RedisClient
  private let namespace: Namespace
  private let windows: LedgerWindows
  private let clock: (@Sendable () -> Int64)?
  private let account: DeveloperAccountID

  /// - Parameters:
  ///   - windows: other than Spotify's in tests alone.
  ///   - clock: milliseconds, in place of Redis' time; for tests.
  package init(
    redis: RedisClient, namespace: Namespace, account: DeveloperAccountID, windows: LedgerWindows = .spotify,
    clock: (@Sendable () -> Int64)? = nil
  ) {
    self.redis = redis
    self.namespace = namespace
    self.account = account
    self.windows = windows
    self.clock = clock
  }

  /// The ledger of another account, in the same Redis.
  package func of(_ account: DeveloperAccountID) -> RequestLedger {
    RequestLedger(redis: redis, namespace: namespace, account: account, windows: windows, clock: clock)
  }

  /// Another number than at the last ``greet(ceilings:)``: greet again before anything else.
  package var connection: Int? { redis.connection }

  /// Counts one request if it may be sent now. Of a group that isn't counted, only the pause of its own is looked at.
  package func admit(
    _ group: EndpointGroup, _ priority: RequestPriority, ceilings: RequestCeilings
  ) async throws(CoordinationError) -> Answer {
    let share = ceilings.share(of: priority)
    let reply = try await run(
      group.isCounted ? LedgerScripts.admit : LedgerScripts.look,
      [
        RedisArgument(group.rawValue), priority == .background ? 0 : 1, RedisArgument(share.perWindow ?? 0),
        RedisArgument(share.perDay ?? 0),
      ])
    return try RequestLedger.answer(reply)
  }

  /// Reads what ``LedgerScripts/admit`` returned.
  static func answer(_ reply: RedisValue) throws(CoordinationError) -> Answer {
    guard let parts = reply.elements, parts.count == 2, let word = parts[0].text, let wait = parts[1].int
    else { throw RequestLedger.odd }
    switch word {
    case "go": return .go
    case "unknown": return .unknown
    default:
      guard let cause = Cause(rawValue: word) else { throw RequestLedger.odd }
      return .wait(.milliseconds(max(0, wait)), cause)
    }
  }

  /// Counts what was sent without asking.
  package func record(_ requests: [EndpointGroup: Int]) async throws(CoordinationError) {
    let sent = requests.filter { $0.value > 0 }
    guard !sent.isEmpty else { return }
    _ = try await run(
      LedgerScripts.record,
      sent.flatMap { [RedisArgument($0.key.rawValue), RedisArgument($0.value)] })
  }

  /// Stops a group, or the whole account when nil.
  ///
  /// - Returns: when it may go on; nil when it was known to have to wait as long already.
  package func pause(
    _ group: EndpointGroup?, for duration: Duration, _ reason: PauseReason
  ) async throws(CoordinationError) -> Date? {
    let reply = try await run(
      LedgerScripts.pause,
      [
        RedisArgument(group?.rawValue ?? ""), RedisArgument(duration.milliseconds),
        RedisArgument(reason.rawValue),
      ])
    guard let parts = reply.elements, parts.count == 2, let isLonger = parts[0].int, let end = parts[1].int
    else { throw RequestLedger.odd }
    return isLonger == 1 ? Date(milliseconds: end) : nil
  }

  /// To be called once on every new connection, before the first request: the server may have been restarted, and
  /// a killed one has lost what it hadn't written to its disk.
  ///
  /// - Returns: the connection that was greeted, and whether the account is known.
  package func greet(
    ceilings: RequestCeilings
  ) async throws(CoordinationError) -> (connection: Int, isKnown: Bool) {
    let (server, connection) = try await server()
    let reply = try await run(
      LedgerScripts.greet,
      [
        RedisArgument(server), RedisArgument(ceilings.perWindow ?? 0), ceilings.perDay == nil ? 0 : 1,
      ] + EndpointGroup.counted.map { RedisArgument($0.rawValue) })
    guard redis.connection == connection else {
      throw CoordinationError(.unavailable, "the connection to Redis was lost in between")
    }
    return (connection, reply != .integer(-1))
  }

  /// Begins an account that is unknown; the first of several wins.
  ///
  /// - Returns: false when it is known already.
  @discardableResult
  package func seed(_ seed: Seed, ceilings: RequestCeilings) async throws(CoordinationError) -> Bool {
    let bucket = windows.day.bucket.milliseconds
    var arguments: [RedisArgument] = [
      RedisArgument(try await server().id), RedisArgument(seed.isWindowFull ? ceilings.perWindow ?? 0 : 0),
      RedisArgument(seed.counts.count),
    ]
    for count in seed.counts {
      arguments += [
        RedisArgument(count.group.rawValue),
        RedisArgument(count.start.map { $0.milliseconds / bucket } ?? -1),
        RedisArgument(count.requests),
      ]
    }
    for pause in seed.pauses {
      arguments += [
        RedisArgument(pause.group?.rawValue ?? ""), RedisArgument(pause.until.milliseconds),
        RedisArgument(pause.reason.rawValue),
      ]
    }
    return try await run(LedgerScripts.seed, arguments) == .integer(1)
  }

  /// What is counted now; nil when nothing is known of this account.
  package func reading() async throws(CoordinationError) -> LedgerReading? {
    let replies: [RedisValue]
    do throws(RedisError) {
      replies = try await redis.send(pipeline: [["TIME"], ["HGETALL", RedisArgument(key)]])
    } catch { throw CoordinationError(error) }
    guard let time = replies[0].elements, let seconds = time.first?.int, let microseconds = time.last?.int,
      let fields = replies[1].elements
    else { throw RequestLedger.odd }
    return LedgerReading(
      fields: fields, now: clock?() ?? seconds * 1_000 + microseconds / 1_000, windows: windows)
  }

  private var key: String { namespace.key("ledger", account.rawValue) }

  private static let odd = CoordinationError(.unexpected, "the ledger of requests in Redis is not ours")

  /// Which run of the server it is, and on which connection it said so.
  private func server() async throws(CoordinationError) -> (id: String, connection: Int) {
    let info: String
    do throws(RedisError) { info = try await redis.send("INFO", "server").text ?? "" } catch {
      throw CoordinationError(error)
    }
    let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("run_id:") }
    guard let connection = redis.connection else {
      throw CoordinationError(.unavailable, "the connection to Redis was lost in between")
    }
    return (String(line?.dropFirst("run_id:".count) ?? "unknown"), connection)
  }

  private func run(
    _ script: RedisScript, _ arguments: [RedisArgument]
  ) async throws(CoordinationError) -> RedisValue {
    let common = [
      clock?() ?? -1, windows.margin.milliseconds, windows.short.length.milliseconds,
      windows.short.bucket.milliseconds, windows.day.length.milliseconds, windows.day.bucket.milliseconds,
    ].map { RedisArgument($0) }
    do throws(RedisError) {
      return try await redis.run(script, keys: [key], arguments: common + arguments)
    } catch { throw CoordinationError(error) }
  }
}
