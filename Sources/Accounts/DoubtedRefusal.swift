import SpotifyAPI

/// A 403 that Spotify is known to give without cause now and then: it is believed when it comes twice.
enum DoubtedRefusal {
  private static let pause = Duration.milliseconds(250)

  /// Waits for the moment to ask once more.
  ///
  /// - Throws: `error` itself when it isn't one to doubt; `cancelled`.
  static func wait(after error: SpotifyError) async throws(SpotifyError) {
    switch error.code {
    case .forbidden, .insufficientScope, .premiumRequired:
      do { try await Task.sleep(for: pause) } catch {
        throw SpotifyError(.cancelled, "the task was cancelled", isOurs: true)
      }
    default: throw error
    }
  }
}
