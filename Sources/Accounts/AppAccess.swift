import FoundationEssentials
import Reactor
import Secrets
import SpotifyAPI

/// The app's own way to Spotify: a client-credentials token, kept for the process and renewed before it ends.
package struct AppAccess: Sendable {
  /// The token of a process, shared by its reactors.
  package final class Store: Sendable {
    fileprivate let held = Locked<Held?>(nil)
    fileprivate let flights = SingleFlight<Int, Held>()

    package init() {}
  }

  /// A token that many requests read at once.
  fileprivate final class Held: Sendable {
    let token: SecretBytes
    let expiresAt: Date

    init(_ answer: consuming TokenAnswer, at now: Date) {
      expiresAt = now.addingTimeInterval(Double(answer.lifetime.components.seconds))
      token = answer.accessToken.copy()
    }
  }

  private let spotify: SpotifyAccounts
  private let reactor: Reactor
  private let store: Store
  private let now: @Sendable () -> Date

  package init(
    spotify: SpotifyAccounts, reactor: Reactor, store: Store, now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.spotify = spotify
    self.reactor = reactor
    self.store = store
    self.now = now
  }

  /// Sends a request with the app's token; a 401 means one shared renewal, and the request once more.
  ///
  /// - Throws: `SpotifyError`.
  package func perform<Answer: Sendable>(
    _ request: (borrowing SecretBytes) async throws(SpotifyError) -> Answer
  ) async throws -> Answer {
    let held = try await fresh()
    let first = await outcome(of: request, with: held.token.copy())
    guard case .failure(let error) = first, error.code == .unauthorized else { return try first.get() }
    store.held.withLock { if $0 === held { $0 = nil } }
    return try await outcome(of: request, with: try await fresh().token.copy()).get()
  }

  private func fresh() async throws -> Held {
    if let held = usable() { return held }
    return try await store.flights.run(0, on: reactor) {
      // Who waited for the flight before this one finds its token.
      if let held = usable() { return held }
      let held = Held(try await spotify.appToken(), at: now())
      store.held.withLock { $0 = held }
      return held
    }
  }

  private func usable() -> Held? {
    store.held.withLock { held in
      guard let held, held.expiresAt.timeIntervalSince(now()) > RefreshAccessToken.margin else { return nil }
      return held
    }
  }
}
