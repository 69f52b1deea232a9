import Domain
import FoundationEssentials
import HTTPServer

/// `/api/artists/…`: the copy of the new releases, for everybody.
enum CatalogueEndpoints {
  static func releases(_ call: Call) async throws -> HTTPResponse {
    let rendered: RenderedReleases
    if let current = call.services.catalogue.current {
      rendered = current
      refreshIfOld(current, call)
    } else {
      rendered = try await FirstReleases.wait(call)
    }
    guard let query = call.request.query, !query.isEmpty else { return whole(rendered, call) }
    return try part(rendered, Query(call.request), call)
  }

  /// The bytes that are there: no query, no copy.
  private static func whole(_ rendered: RenderedReleases, _ call: Call) -> HTTPResponse {
    var response = HTTPResponse(status: 200, headers: rendered.headers)
    if isHeld(rendered.entityTag, rendered, call) {
      response.status = 304
    } else {
      response.body = .shared(rendered.whole)
    }
    return response
  }

  private static func part(
    _ rendered: RenderedReleases, _ query: Query, _ call: Call
  ) throws(Problem) -> HTTPResponse {
    let limit = try query.number("limit", in: 1...500)
    let offset = try query.number("offset", in: 0...1_000_000) ?? 0
    let places = try query.search().map(rendered.places) ?? Array(0..<rendered.count)
    let shown = places.dropFirst(offset).prefix(limit ?? places.count)
    let bytes = rendered.part(shown)
    let tag = EntityTag.of(bytes)
    var response = HTTPResponse(
      status: 200,
      headers: RenderedReleases.headers(total: places.count, lastModified: rendered.lastModified))
    response.headers.append("etag", tag)
    if let links = links(call, limit: limit, offset: offset, total: places.count) {
      response.headers.append("link", links)
    }
    if isHeld(tag, rendered, call) { response.status = 304 } else { response.body = .bytes(bytes) }
    return response
  }

  /// `If-None-Match` has the word; without it the very time that we gave out.
  private static func isHeld(_ tag: String, _ rendered: RenderedReleases, _ call: Call) -> Bool {
    if call.request.headers["if-none-match"] != nil { return EntityTag.matches(tag, call.request) }
    return call.request.headers["if-modified-since"] == rendered.lastModified
  }

  private static func links(_ call: Call, limit: Int?, offset: Int, total: Int) -> String? {
    guard let limit else { return nil }
    let link = { (offset: Int, relation: String) in
      ListPage.link(
        call.request, on: call.services.settings.publicURL, "offset", "\(offset)", relation: relation)
    }
    var links: [String] = []
    if offset + limit < total { links.append(link(offset + limit, "next")) }
    if offset > 0 { links.append(link(max(0, offset - limit), "prev")) }
    return links.isEmpty ? nil : links.joined(separator: ", ")
  }

  /// Queues a fetch of what has grown old; the answer doesn't wait for it.
  private static func refreshIfOld(_ rendered: RenderedReleases, _ call: Call) {
    let age = Duration.seconds(-rendered.fetchedAt.timeIntervalSinceNow)
    let services = call.services
    guard age > services.settings.catalogueMaximumAge, services.catalogue.takesTurnToAsk() else { return }
    services.reactor.spawn {
      do { try await services.requestReleases() } catch {
        call.logger.warning("a fetch of the new releases was not queued", ["error": "\(error)"])
      }
    }
  }

  static func artist(_ call: Call) async throws -> HTTPResponse {
    let name = call.parameter("artist")
    guard name.utf8.count <= 400 else { throw noSuchArtist }
    guard let page = try await call.services.releases.artist(idOrName: name) else { throw noSuchArtist }
    if !page.isComplete { await want(page.artist.id, call) }
    let body = JSONWriter.bytes(capacity: 512 * (page.releases.count + 1)) { writer in
      writer.artist(page.artist, releases: page.releases)
    }
    return Answer.shared(body, to: call)
  }

  /// Lets a worker ask for what is missing. Only a wish: what is known is answered all the same.
  private static func want(_ artist: ArtistID, _ call: Call) async {
    do { try await call.services.releases.want(artist) } catch {
      call.logger.warning("an artist could not be wished for", ["error": error.description])
    }
  }

  private static let noSuchArtist = Problem(
    404, "artist_not_found", "no artist of this name or id is known here")
}
