import Coordination
import SpotifyAPI

extension SpotifyError {
  /// What a request gets that the ledger doesn't let go.
  package init(_ cause: RequestLedger.Cause, waiting time: Duration) {
    let (code, message): (Code, String) =
      switch cause {
      case .paused, .rate: (.rateLimited, "it asked this app to wait")
      case .quota: (.quotaExceeded, "this app's quota is used up")
      case .people: (.rateLimited, "people come first")
      case .window: (.rateLimited, "SPOTIFY_LIMIT_30S is reached")
      case .day: (.quotaExceeded, "SPOTIFY_LIMIT_DAY is reached")
      }
    self.init(code, message, retryAfter: time, isOurs: true)
  }
}
