import HTTPServer

/// The files of the pages, carried by the program.
enum Assets {
  private struct Asset: Sendable {
    let body: SharedBytes
    let entityTag: String
    /// Under an address with its hash a file never changes; under its plain name it is asked for each time.
    let lasting: HTTPHeaders
    let passing: HTTPHeaders
    let url: String

    init(_ name: String, _ bytes: [UInt8], type: String) {
      body = SharedBytes(bytes)
      let hash = Hexadecimal.text(ContentHash.of(bytes))
      entityTag = "\"\(hash)\""
      url = "/assets/\(name)?v=\(hash)"
      lasting = [
        "content-type": type, "etag": entityTag, "cache-control": "public, max-age=31536000, immutable",
      ]
      passing = ["content-type": type, "etag": entityTag, "cache-control": "public, no-cache"]
    }
  }

  private static let all: [String: Asset] = [
    "app.css": Asset("app.css", PackageResources.app_css, type: "text/css; charset=utf-8"),
    "app.js": Asset("app.js", PackageResources.app_js, type: "text/javascript; charset=utf-8"),
    "icon.svg": Asset("icon.svg", PackageResources.icon_svg, type: "image/svg+xml"),
  ]

  /// The address of a file, with its hash.
  static func url(_ name: String) -> String { all[name]?.url ?? "/assets/\(name)" }

  static func show(_ call: Call) async throws -> HTTPResponse {
    guard let asset = all[call.parameter("name")] else { throw Problem.notFound }
    return answer(asset, call)
  }

  static func icon(_ call: Call) async throws -> HTTPResponse {
    guard let asset = all["icon.svg"] else { throw Problem.notFound }
    return answer(asset, call)
  }

  /// Nothing here is for search engines.
  static func robots(_ call: Call) async throws -> HTTPResponse {
    HTTPResponse(
      status: 200,
      headers: ["content-type": "text/plain; charset=utf-8", "cache-control": "public, max-age=86400"],
      body: .bytes(Array("User-agent: *\nDisallow: /\n".utf8)))
  }

  private static func answer(_ asset: Asset, _ call: Call) -> HTTPResponse {
    let isLasting = call.request.query.map { asset.url.hasSuffix("?" + $0) } ?? false
    var response = HTTPResponse(status: 200, headers: isLasting ? asset.lasting : asset.passing)
    if EntityTag.matches(asset.entityTag, call.request) {
      response.status = 304
    } else {
      response.body = .shared(asset.body)
    }
    return response
  }
}
