import Coordination
import Domain
import FoundationEssentials
import Logging
import Reactor
import SpotifyAPI
import Storage

/// Decides whether a request may be sent, by the ledger that all instances share. One per reactor.
///
/// Joins Redis, which counts, with Postgres, which remembers what a wiped Redis has forgotten. When Redis is away,
/// requests go on without a ceiling and are counted later; with one they are refused: a ceiling is never passed.
///
/// Requests for tokens come by here as well. They aren't counted, but all instances leave the accounts host alone
/// while it wants to be.
package final class RequestLimits: Sendable {
  private let ledger: RequestLedger
  private let copy: LedgerCopy
  private let account: DeveloperAccountID
  private let ceilings: RequestCeilings
  private let alone: LimitsAlone
  private let reactor: Reactor
  private let logger: Logger
  private let greeted = Locked<Int?>(nil)
  private let flights = SingleFlight<String, Void>()

  /// What a 429 asks for that is waited for by everybody; longer ones concern their group alone.
  private static let longestPause = Duration.seconds(60)
  /// What `QUOTA_EXCEEDED` without a `Retry-After` is taken to ask for.
  private static let quotaWithoutWord = Duration.seconds(3_600)
  /// - Parameters:
  ///   - ledger: on `reactor`'s connection to Redis.
  ///   - copy: on `reactor`'s connections to Postgres.
  ///   - alone: one for the whole process.
  package init(
    ledger: RequestLedger, copy: LedgerCopy, account: DeveloperAccountID, ceilings: RequestCeilings,
    alone: LimitsAlone, reactor: Reactor, logger: Logger
  ) {
    self.ledger = ledger
    self.copy = copy
    self.account = account
    self.ceilings = ceilings
    self.alone = alone
    self.reactor = reactor
    self.logger = logger
  }

  /// What a client on the same reactor is made with.
  package var admission: RequestAdmission {
    RequestAdmission(
      admit: { (group, priority) async throws(SpotifyError) in try await self.admit(group, priority) },
      heard: { group, error in await self.hear(error, of: group) })
  }

  // MARK: Before a request

  private func admit(
    _ group: EndpointGroup, _ priority: RequestPriority
  ) async throws(SpotifyError) {
    if mayGoAlone(group), alone.isRedisAway { return try goAlone(group) }
    let answer: RequestLedger.Answer
    do {
      answer = try await ask(group, priority)
    } catch {
      return try decide(error, group)
    }
    if alone.noteBack() { logger.info("the ledger of requests is back") }
    if case .wait(let time, let cause) = answer { throw SpotifyError(cause, waiting: time) }
  }

  private func ask(
    _ group: EndpointGroup, _ priority: RequestPriority
  ) async throws -> RequestLedger.Answer {
    if alone.hasUnrecorded || !isGreeted {
      try await flights.run("greet", on: reactor) { try await self.greet() }
    }
    // A second time only if Redis is wiped at this very moment.
    for _ in 1...3 {
      let answer = try await ledger.admit(group, priority, ceilings: ceilings)
      if answer != .unknown { return answer }
      try await flights.run("seed", on: reactor) { try await self.seed() }
    }
    throw SpotifyError(.unavailable, "the ledger of requests is being wiped", isOurs: true)
  }

  private func decide(_ error: any Error, _ group: EndpointGroup) throws(SpotifyError) {
    if (error as? CoordinationError)?.code == .cancelled || (error as? StorageError)?.code == .cancelled
      || error is CancellationError
    {
      throw SpotifyError(.cancelled, "the task was cancelled", isOurs: true)
    }
    if alone.noteAway() {
      logger.warning(
        ceilings.isNone
          ? "the ledger of requests can't be asked; they are counted later"
          : "the ledger of requests can't be asked; they wait, as there is a ceiling", ["error": "\(error)"])
    }
    guard mayGoAlone(group) else {
      throw SpotifyError(.unavailable, "the ledger of requests can't be asked", isOurs: true)
    }
    try goAlone(group)
  }

  /// Without Redis nothing is known of a ceiling; a group that isn't counted has none.
  private func mayGoAlone(_ group: EndpointGroup) -> Bool { ceilings.isNone || !group.isCounted }

  private func goAlone(_ group: EndpointGroup) throws(SpotifyError) {
    if let pause = alone.pause(of: group) {
      let cause: RequestLedger.Cause =
        pause.group == nil ? .paused : pause.reason == .quota ? .quota : .rate
      throw SpotifyError(cause, waiting: ContinuousClock.now.duration(to: pause.until))
    }
    if group.isCounted { alone.count(group) }
  }

  // MARK: A new connection, a wiped Redis

  private var isGreeted: Bool {
    guard let connection = ledger.connection else { return false }
    return greeted.withLock { $0 == connection }
  }

  private func greet() async throws {
    if !isGreeted {
      let (connection, isKnown) = try await ledger.greet(ceilings: ceilings)
      if !isKnown { try await seed() }
      for pause in alone.pauses {
        _ = try await ledger.pause(
          pause.group, for: ContinuousClock.now.duration(to: pause.until), pause.reason)
      }
      greeted.withLock { $0 = connection }
    }
    let sent = alone.takeUnrecorded()
    do { try await ledger.record(sent) } catch {
      for (group, requests) in sent { alone.count(group, requests) }
      throw error
    }
  }

  /// Begins the account in Redis with what Postgres remembers, and a guess at what it doesn't.
  private func seed() async throws {
    let isFirst = try await copy.begin(account)
    let content = try await copy.content(of: account)
    let isNew = try await ledger.seed(
      RequestLedger.Seed(content, isFirst: isFirst, guessing: ceilings.perDay != nil), ceilings: ceilings)
    if isNew, !isFirst { logger.notice("began the ledger of requests again with its copy") }
  }

  // MARK: After a 429

  private func hear(_ error: SpotifyError, of group: EndpointGroup) async {
    let isQuota = error.code == .quotaExceeded
    let time = error.retryAfter ?? (isQuota ? RequestLimits.quotaWithoutWord : RequestPacer.pauseWithoutWord)
    let place = isQuota || time > RequestLimits.longestPause || !group.isCounted ? group : nil
    let reason = isQuota ? PauseReason.quota : .rate
    alone.note(LimitsAlone.Pause(group: place, until: .now + time, reason: reason))
    // Whoever gives up the request: what Spotify said concerns everybody.
    await reactor.spawn { await self.keep(place, time, reason) }.value
  }

  private func keep(_ group: EndpointGroup?, _ time: Duration, _ reason: PauseReason) async {
    var until: Date? = Date().addingTimeInterval(time / .seconds(1))
    do { until = try await ledger.pause(group, for: time, reason) } catch {
      logger.warning("a pause of Spotify's is known to this process alone", ["error": error.description])
    }
    guard let until else { return }
    logger.notice(
      "Spotify asks to wait",
      ["group": group?.rawValue ?? "all", "reason": reason.rawValue, "seconds": time.components.seconds])
    // It lasts an hour at most: a wiped Redis may forget it.
    guard group?.isCounted ?? true else { return }
    do {
      try await copy.keep(RequestPause(group: group, until: until, reason: reason), of: account)
    } catch {
      logger.warning("a pause of Spotify's was not copied", ["error": error.description])
    }
  }
}

extension RequestLedger.Seed {
  /// Counts as young as this may have grown since they were copied; in seconds.
  private static let young: TimeInterval = 600

  /// - Parameters:
  ///   - isFirst: nothing was ever sent.
  ///   - guessing: what was counted lately counts twice, for what was sent after it was copied.
  fileprivate init(_ content: LedgerCopy.Content, isFirst: Bool, guessing: Bool) {
    self.init(
      counts: content.counts.map { Count(group: $0.group, start: $0.start, requests: $0.requests) },
      pauses: content.pauses,
      isWindowFull: !isFirst)
    guard guessing else { return }
    let newest = Dictionary(content.counts.map { ($0.group, $0) }) { $0.start < $1.start ? $1 : $0 }
    counts += newest.values.filter { $0.start.timeIntervalSinceNow > -RequestLedger.Seed.young }.map {
      Count(group: $0.group, start: nil, requests: $0.requests)
    }
  }
}
