import Coordination
import Logging

/// Holds callers to their limits, for one reactor: by what this process knows of them, and by Redis where that isn't
/// enough. While Redis doesn't answer, this process' own counts are the limits.
package struct LimitCallers: Sendable {
  private let limits: CallerLimits
  private let book: CallerBook
  private let counts: CallerCounts
  private let places: CallerPlaces
  private let pseudonym: @Sendable ([UInt8]) -> String
  private let logger: Logger

  /// How long Redis may take for all that it is asked about one request.
  static let patience = Duration.milliseconds(500)
  /// At the end of a process nobody waits, and what isn't given back then is missing until its lease ends.
  private static let lastPatience = Duration.seconds(3)

  /// - Parameters:
  ///   - book: one for the whole process.
  ///   - pseudonym: what Redis knows a caller by, the same on every instance.
  package init(
    limits: CallerLimits, book: CallerBook, counts: CallerCounts, places: CallerPlaces,
    pseudonym: @escaping @Sendable ([UInt8]) -> String, logger: Logger
  ) {
    self.limits = limits
    self.book = book
    self.counts = counts
    self.places = places
    self.pseudonym = pseudonym
    self.logger = logger
  }

  // MARK: Who is known

  /// Whether a credential was found to be alive in this process. It was not asked for now.
  func isAlive(_ caller: CallerKey) -> Bool { book.isAlive(caller) }

  func noteAlive(_ caller: CallerKey) { book.noteAlive(caller) }

  /// A credential turned out to be dead.
  func forget(_ caller: CallerKey) { book.forget(caller) }

  /// - Returns: whether it is worth a line of the log, which it is once.
  func noteUnreadForwarding() -> Bool { book.noteUnreadForwarding() }

  // MARK: By the minute

  /// Counts a sign-in that begins for those besides the address who share Redis' room for it, or throws 429, or 503 when
  /// all of them together are too many.
  func countBeginning(from address: String, within left: inout Duration) async throws {
    if let network = CallerKey.network(address) { try await count(.beginnings, by: network, within: &left) }
    try await count(.beginnings, by: .everybody, within: &left)
  }

  /// Counts one, or throws 429.
  ///
  /// - Parameter left: how long the request may still wait for Redis; it gets less by what this took.
  func count(_ rate: Rate, by caller: CallerKey, within left: inout Duration) async throws {
    let limit = rate.limit(limits) * caller.share
    guard limit > 0 else { return }
    let (claimed, asked) = book.claim(rate, caller, limit: limit)
    var answer = claimed
    if case .ask(let request) = answer {
      let taken = await answered(within: &left) { patience async throws(CoordinationError) in
        try await counts.take(
          request.wanted, of: limit, for: "\(rate.word):\(pseudonym(caller.bytes))", margin: rate.blockLife,
          givingBack: request.leftover, within: patience)
      }
      answer = book.settle(rate, caller, limit: limit, request, taken, asked: asked)
    }
    guard case .refuse(let wait) = answer else { return }
    guard caller == .everybody else { throw Problem.rateLimited(rate, limit, caller, for: wait) }
    if book.noteCrowd() {
      logger.warning("too many sign-ins are being begun, by too many addresses", ["a_minute": limit])
    }
    throw Problem.tooManySignIns(for: wait)
  }

  // MARK: At the same time

  /// A place among the requests that are under way, or throws 429.
  ///
  /// - Parameter left: as for ``count(_:by:within:)``.
  func enter(_ caller: CallerKey, within left: inout Duration) async throws -> CallerPlace? {
    let limit = limits.atOnce
    guard limit > 0 else { return nil }
    switch book.enter(caller, limit: limit) {
    case .go: break
    case .refuse: throw Problem.tooManyAtOnce(limit)
    case .ask(let wish):
      let held = await answered(within: &left) { patience async throws(CoordinationError) in
        try await lease([wish], within: patience).first
      }
      guard book.settle(wish, held: held, lease: limits.lease) else { throw Problem.tooManyAtOnce(limit) }
    }
    return CallerPlace(of: caller, in: book)
  }

  /// Renews the lease of places that are in use, and gives the others back. To be called three times in a lease's time,
  /// on one reactor of the process.
  ///
  /// - Parameter isLast: the process ends, and nothing is kept for what comes.
  package func renew(isLast: Bool = false) async {
    var wishes = book.renewals(isLast: isLast)[...]
    while !wishes.isEmpty {
      let some = Array(wishes.prefix(100))
      wishes = wishes.dropFirst(100)
      var left = isLast ? LimitCallers.lastPatience : LimitCallers.patience
      let held = await answered(within: &left) { patience async throws(CoordinationError) in
        try await lease(some, within: patience)
      }
      guard let held else { return }
      book.note(some, held: held, lease: limits.lease)
    }
  }

  private func lease(
    _ wishes: [CallerBook.Wish], within patience: Duration
  ) async throws(CoordinationError) -> [Int] {
    try await places.lease(
      wishes.map {
        CallerPlaces.Wish(
          name: pseudonym($0.caller.bytes), count: $0.count, inUse: $0.inUse, order: $0.order)
      },
      of: limits.atOnce, within: patience)
  }

  // MARK: Whether Redis answers

  /// What Redis said in the time that is left; nil when it didn't.
  private func answered<Value>(
    within left: inout Duration, _ ask: (_ patience: Duration) async throws(CoordinationError) -> Value?
  ) async -> Value? {
    guard left > .zero else {
      noteAway("its answers to the same request took too long")
      return nil
    }
    let began = ContinuousClock.now
    defer { left -= ContinuousClock.now - began }
    do throws(CoordinationError) {
      let value = try await ask(left)
      if book.noteBack() { logger.notice("callers' limits are those of all instances again") }
      return value
    } catch {
      // Who has gone needs no answer, and that says nothing about Redis.
      if error.code != .cancelled { noteAway(error.description) }
      return nil
    }
  }

  private func noteAway(_ error: String) {
    guard book.noteAway() else { return }
    logger.warning("callers' limits are this process' own, as Redis doesn't answer", ["error": error])
  }
}

/// A place among the requests of a caller that are under way; it is free again when this is let go of, if not before.
final class CallerPlace: Sendable {
  private let caller: CallerKey
  private let book: CallerBook

  fileprivate init(of caller: CallerKey, in book: CallerBook) {
    self.caller = caller
    self.book = book
  }

  deinit { book.leave(caller) }
}

extension Problem {
  fileprivate static func rateLimited(
    _ rate: Rate, _ limit: Int, _ caller: CallerKey, for wait: Duration
  ) -> Problem {
    let what =
      switch rate {
      case .beginnings, .returns:
        "\(limit) sign-ins a minute from one \(caller.isNetwork ? "network" : "address")"
      case .changes: "\(limit) changing requests a minute"
      case .reads: "\(limit) requests a minute"
      }
    let seconds = max(1, wait.wholeSeconds)
    return Problem(
      429, "rate_limited", "no more than \(what): try again in \(seconds) s",
      headers: ["retry-after": "\(seconds)"])
  }

  /// Not the caller's doing, so it isn't 429.
  fileprivate static func tooManySignIns(for wait: Duration) -> Problem {
    let seconds = max(1, wait.wholeSeconds)
    return Problem(
      503, tooManySignInsCode, "too many people are signing in at this moment: try again in \(seconds) s",
      headers: ["retry-after": "\(seconds)"])
  }

  /// It is told in the log by itself, and not for each request.
  static let tooManySignInsCode = "too_many_sign_ins"

  fileprivate static func tooManyAtOnce(_ limit: Int) -> Problem {
    Problem(
      429, "rate_limited",
      "no more than \(limit) requests at the same time, streams included: try again when another has ended",
      headers: ["retry-after": "1"])
  }
}
