import Domain
import Logging
import Reactor
import SpotifyAPI
import Storage

/// Asks for pages as large as the settings say and this app may have; what was refused is remembered for every
/// process, and tried again after a while.
package struct PageSizes: Sendable {
  private struct Known {
    let size: Int
    let until: ContinuousClock.Instant
  }

  private let settings: [PagedEndpoint: Int]
  private let capabilities: AppCapabilities
  private let app: AppID
  /// How long a refusal holds.
  private let refusalLasts: Duration
  private let logger: Logger
  private let known = Locked<[PagedEndpoint: Known]>([:])

  /// Another process may have found out more.
  private static let knownFor = Duration.seconds(3_600)

  /// - Parameter settings: what is asked for at first; 50 where nothing is said.
  package init(
    _ settings: [PagedEndpoint: Int], capabilities: AppCapabilities, app: AppID, refusalLasts: Duration,
    logger: Logger
  ) {
    self.settings = settings
    self.capabilities = capabilities
    self.app = app
    self.refusalLasts = refusalLasts
    self.logger = logger
  }

  /// Whether a page of this size was had lately: then many may ask at once.
  func isKnown(_ endpoint: PagedEndpoint) -> Bool { remembered(endpoint) != nil }

  /// Asks for a page, and for a smaller one when Spotify answers 400 "Invalid limit".
  ///
  /// - Parameter most: what is asked for at most, whatever may be had.
  /// - Returns: the answer, and how many elements were asked for.
  func ask<Answer: Sendable>(
    _ endpoint: PagedEndpoint, atMost most: Int = PagedEndpoint.largest,
    _ request: (_ size: Int) async throws -> Answer
  ) async throws -> (answer: Answer, size: Int) {
    let whole = try await size(of: endpoint)
    var size = min(whole, most)
    var refusal: SpotifyError?
    while true {
      do {
        let answer = try await request(size)
        if let refusal { try await limit(endpoint, to: size, refusal) }
        if refusal != nil || size == whole {
          known.withLock { $0[endpoint] = Known(size: size, until: .now + PageSizes.knownFor) }
        }
        return (answer, size)
      } catch let error as SpotifyError where PageSizes.isAboutLimit(error) && size > 1 {
        refusal = error
        size = size > PagedEndpoint.always ? PagedEndpoint.always : size / 2
      }
    }
  }

  private func size(of endpoint: PagedEndpoint) async throws -> Int {
    if let size = remembered(endpoint) { return size }
    let setting = settings[endpoint] ?? PagedEndpoint.largest
    return min(setting, try await capabilities.pageSize(of: endpoint, app: app) ?? setting)
  }

  private func remembered(_ endpoint: PagedEndpoint) -> Int? {
    known.withLock { known in known[endpoint].flatMap { $0.until > .now ? $0.size : nil } }
  }

  private func limit(_ endpoint: PagedEndpoint, to size: Int, _ refusal: SpotifyError) async throws {
    logger.info(
      "this app may have smaller pages only",
      ["endpoint": endpoint.rawValue, "size": size, "error": refusal.description])
    try await capabilities.limitPages(of: endpoint, to: size, app: app, for: refusalLasts)
  }

  private static func isAboutLimit(_ error: SpotifyError) -> Bool {
    error.code == .badRequest && error.message.lowercased().contains("limit")
  }
}
