import Reactor

/// Whether Spotify knows this app. One for the whole process.
///
/// `invalid_client` is this service's own mistake and the same for everybody: whoever comes in the next half minute
/// is told without asking, so that a wrong secret doesn't hammer Spotify, and is logged once and not for each caller.
package final class AppStanding: Sendable {
  private let refusedUntil = Locked<ContinuousClock.Instant?>(nil)
  private let now: @Sendable () -> ContinuousClock.Instant
  private let onRefusal: @Sendable (SpotifyError) -> Void

  package static let coolDown = Duration.seconds(30)

  /// - Parameter onRefusal: called with the refusal that begins each pause.
  package init(
    onRefusal: @escaping @Sendable (SpotifyError) -> Void = { _ in },
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    self.now = now
    self.onRefusal = onRefusal
  }

  /// - Throws: `invalidClient` while nobody is to ask.
  package func check() throws(SpotifyError) {
    guard let until = refusedUntil.withLock({ $0 }), now() < until else { return }
    throw SpotifyError(
      .invalidClient, "Spotify refused this app's client id or secret just now", isOurs: true)
  }

  func refused(_ error: SpotifyError) {
    let isNews = refusedUntil.withLock { until in
      let isNews = until.map { $0 <= now() } ?? true
      until = now() + AppStanding.coolDown
      return isNews
    }
    if isNews { onRefusal(error) }
  }
}
