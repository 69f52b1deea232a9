import Domain
import FoundationEssentials
import HTTPClient
import Secrets

/// Spotify's Web API, one method per endpoint. It asks once: who waits, retries or gives up is decided above.
///
/// Every request passes its ``RequestAdmission`` first, in the group of its endpoint.
package struct SpotifyClient: Sendable {
  private let client: HTTPClient
  private let configuration: SpotifyConfiguration
  private let admission: RequestAdmission
  private var priority = RequestPriority.immediate
  private var patience = Duration.zero

  private static let deadline = Duration.seconds(30)

  /// Nobody saves more tracks than there are; a total above is a fault of the answer's, and pages are planned by it.
  private static let largestLibrary = 1_000_000

  package init(client: HTTPClient, configuration: SpotifyConfiguration, admission: RequestAdmission) {
    self.client = client
    self.configuration = configuration
    self.admission = admission
  }

  /// The same client for requests of another priority; without a word it is ``RequestPriority/immediate``.
  package func with(_ priority: RequestPriority) -> SpotifyClient {
    var copy = self
    copy.priority = priority
    return copy
  }

  /// The same client for callers who can't wait by themselves: it waits for a place up to so long.
  package func waiting(atMost patience: Duration) -> SpotifyClient {
    var copy = self
    copy.patience = patience
    return copy
  }

  /// From this size on an answer is decoded on the pool's threads: a page of 150 KB takes over a millisecond, and
  /// a reactor with twenty of them at once would send the next requests that much later.
  private static let largeAnswer = 32 * 1_024

  /// `GET /me`.
  package func profile(token: borrowing SecretBytes) async throws(SpotifyError) -> SpotifyProfile {
    let payload: ProfilePayload = try await get("/me", in: .me, [], token)
    guard let profile = payload.profile else {
      throw SpotifyError(.malformed, "asked who it is, got nobody")
    }
    return profile
  }

  /// `GET /me/tracks`, newest first. The largest page is 50 (schema and text).
  package func savedTracks(
    offset: Int, limit: Int, token: borrowing SecretBytes
  ) async throws(SpotifyError) -> SavedTracksPage {
    let payload: SavedTracksPayload = try await get(
      "/me/tracks", in: .library, [("offset", "\(offset)"), ("limit", "\(limit)")], token)
    let page = payload.page(askedFor: offset)
    guard page.offset == offset, page.slots.count <= limit,
      (0...SpotifyClient.largestLibrary).contains(page.total)
    else {
      throw SpotifyError(.malformed, "asked for \(limit) saved tracks at \(offset), got another page")
    }
    return page
  }

  /// `GET /me/library/contains`: whether each uri is in the library, in order. At most 40 at once.
  package func contains(
    uris: [String], token: borrowing SecretBytes
  ) async throws(SpotifyError) -> [Bool] {
    let answer: [Bool] = try await get(
      "/me/library/contains", in: .library, [("uris", uris.joined(separator: ","))], token)
    guard answer.count == uris.count else {
      throw SpotifyError(.malformed, "asked about \(uris.count) uris, got \(answer.count) answers")
    }
    return answer
  }

  /// `GET /browse/new-releases`: 403 for Development Mode apps.
  package func newReleases(
    offset: Int, limit: Int, token: borrowing SecretBytes
  ) async throws(SpotifyError) -> AlbumsPage {
    let payload: AlbumsPayload = try await get(
      "/browse/new-releases", in: .browse, [("offset", "\(offset)"), ("limit", "\(limit)")], token)
    return payload.page()
  }

  /// `GET /search?type=album`. Development Mode allows pages of 10, others of 50; offsets up to 1,000.
  package func searchAlbums(
    query: String, offset: Int, limit: Int, token: borrowing SecretBytes
  ) async throws(SpotifyError) -> AlbumsPage {
    let payload: AlbumsPayload = try await get(
      "/search", in: .search,
      [("q", query), ("type", "album"), ("offset", "\(offset)"), ("limit", "\(limit)")], token)
    return payload.page()
  }

  /// `GET /artists/{id}`.
  package func artist(_ id: ArtistID, token: borrowing SecretBytes) async throws(SpotifyError) -> Artist {
    let payload: ArtistPayload = try await get(
      "/artists/\(FormEncoding.escape(id.rawValue))", in: .artists, [], token)
    guard let artist = payload.artist, artist.id == id else {
      throw SpotifyError(.malformed, "asked for an artist, got something else")
    }
    return artist
  }

  func get<Payload: Decodable>(
    _ path: String, in group: EndpointGroup, _ query: [(String, String)], _ token: borrowing SecretBytes,
    deadline: Duration = deadline
  ) async throws(SpotifyError) -> Payload {
    let response = try await exchange("GET", path, in: group, query, token, deadline: deadline)
    guard response.status == 200 else { throw SpotifyError(answer: response) }
    guard response.body.count > SpotifyClient.largeAnswer else { return try decode(response, path) }
    return try await withTaskExecutorPreference(globalConcurrentExecutor) { () async throws(SpotifyError) in
      try decode(response, path)
    }
  }

  /// Sends a request with a token and an empty body, once it is admitted; every answer is an answer.
  func exchange(
    _ method: String, _ path: String, in group: EndpointGroup, _ query: [(String, String)],
    _ token: borrowing SecretBytes, deadline: Duration = deadline
  ) async throws(SpotifyError) -> HTTPClientResponse {
    try await admit(group)
    let response = try await send(method, path, query, token, deadline)
    if response.status == 429 { await admission.heard(group, SpotifyError(answer: response)) }
    return response
  }

  private func admit(_ group: EndpointGroup) async throws(SpotifyError) {
    let giveUpAt = ContinuousClock.now + patience
    while true {
      do throws(SpotifyError) { return try await admission.admit(group, priority) } catch {
        guard error.code == .rateLimited, let wait = error.retryAfter, .now + wait <= giveUpAt else {
          throw error
        }
        do { try await Task.sleep(for: wait) } catch {
          throw SpotifyError(.cancelled, "the task was cancelled", isOurs: true)
        }
      }
    }
  }

  private func send(
    _ method: String, _ path: String, _ query: [(String, String)], _ token: borrowing SecretBytes,
    _ deadline: Duration
  ) async throws(SpotifyError) -> HTTPClientResponse {
    let query = query.isEmpty ? "" : "?\(FormEncoding.query(query))"
    let request = HTTPClientRequest(
      method: method, url: configuration.apiURL + path + query,
      headers: [(name: "Accept", value: "application/json")], deadline: deadline)
    do throws(HTTPClientError) {
      let header = try SecretHeader(name: "Authorization", prefix: "Bearer ", secret: token)
      return try await client.send(request, secretHeader: header)
    } catch {
      throw SpotifyError(transport: error)
    }
  }

  func decode<Payload: Decodable>(
    _ response: HTTPClientResponse, _ path: String
  ) throws(SpotifyError) -> Payload {
    do {
      return try JSONDecoder().decode(Payload.self, from: Data(response.body))
    } catch {
      throw SpotifyError(.malformed, status: 200, "\(path) answered something that is not its JSON")
    }
  }
}
