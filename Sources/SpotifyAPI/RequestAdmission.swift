import Domain

/// Who decides whether a request may be sent: part of every ``SpotifyClient`` and ``SpotifyAccounts``, so that none goes
/// round it.
package struct RequestAdmission: Sendable {
  package let admit: @Sendable (EndpointGroup, RequestPriority) async throws(SpotifyError) -> Void
  package let heard: @Sendable (EndpointGroup, SpotifyError) async -> Void

  /// - Parameters:
  ///   - admit: called before each request, which is sent unless this throws. It never waits for a limit: it throws
  ///     an error that ``SpotifyError/isOurs``, with the time to wait.
  ///   - heard: told whenever Spotify asks to wait (429; of the accounts host also 503), before the caller is.
  package init(
    admit: @escaping @Sendable (EndpointGroup, RequestPriority) async throws(SpotifyError) -> Void,
    heard: @escaping @Sendable (EndpointGroup, SpotifyError) async -> Void
  ) {
    self.admit = admit
    self.heard = heard
  }

  /// Lets everything through and counts nothing.
  package static let unlimited = RequestAdmission(
    admit: { (_, _) async throws(SpotifyError) in }, heard: { _, _ in })
}
