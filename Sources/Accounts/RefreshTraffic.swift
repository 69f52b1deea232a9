import Domain
import Reactor
import Storage

/// What the callers of a process share when they want tokens. One for the whole process.
package final class RefreshTraffic: Sendable {
  /// One caller per user asks for all.
  let flights = SingleFlight<UserID, Grants.SealedGrant>()
  /// Who has a place has a connection to Spotify, too. Without, a request could wait in line while its lease runs out.
  let places = Semaphore(permits: RefreshTraffic.atOnce)
  /// Whose new token is being stored, though nobody waits for it any more.
  private let late = Locked<Set<UserID>>([])
  private let isClosed = Locked(false)
  private let told = Locked<[News: ContinuousClock.Instant]>([:])

  enum News { case outage, otherApp }

  /// Token requests of the process that may be under way: a connection each, where HTTP/2 can't be had.
  package static let atOnce = 128
  private static let silence = Duration.seconds(3_600)

  package init() {}

  /// Whether nobody is on the way to a token, and all are stored.
  package var isIdle: Bool { flights.isIdle && late.withLock(\.isEmpty) }

  func isStoring(_ user: UserID) -> Bool { late.withLock { $0.contains(user) } }

  /// Stores a token that nobody waits for any more.
  func storeLate(_ user: UserID, on reactor: Reactor, _ work: @escaping @Sendable () async -> Void) {
    late.withLock { _ = $0.insert(user) }
    reactor.spawn {
      await work()
      self.late.withLock { _ = $0.remove(user) }
    }
  }

  /// From now on no token is asked for; those that are under way are still stored. For a process that ends.
  package func close() { isClosed.withLock { $0 = true } }

  func checkOpen() throws(AccountError) {
    if isClosed.withLock({ $0 }) { throw AccountError(.ending, "this process is ending") }
  }

  /// Whether something is news, or was told within the hour.
  func isNews(_ news: News) -> Bool {
    told.withLock { told in
      if let last = told[news], .now - last < RefreshTraffic.silence { return false }
      told[news] = .now
      return true
    }
  }
}
