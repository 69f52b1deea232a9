import Logging
import Storage

/// Says that followed artists have albums that weren't known here: the copy of the new releases may list them.
package struct NewsOfFollowed: Sendable {
  private let releases: Releases
  private let weeks: Int
  private let logger: Logger

  /// - Parameter weeks: how long an album counts as new.
  package init(releases: Releases, weeks: Int, logger: Logger) {
    self.releases = releases
    self.weeks = weeks
    self.logger = logger
  }

  /// Never fails: what isn't said now comes with the copy's next refresh.
  func tell() async {
    do { try await releases.requestRefreshFromFollowed(weeks: weeks) } catch {
      logger.debug("the copy of the new releases learns of it later", ["error": error.description])
    }
  }
}
