import HTTPServer

/// Refuses what another site's page makes a signed-in browser send.
///
/// Only what changes something and rides on the cookie is looked at: no page can make a browser send an API token.
/// Clients that are no browsers send neither of the two fields and pass.
func refusingCrossSite(_ next: @escaping Handler) -> Handler {
  { call in
    if call.request.method.isUnsafe, case .session = Credential(call.request, call.edge.cookies),
      CrossSite.comesFromElsewhere(call.request, publicURL: call.services.settings.publicURL)
    {
      throw Problem.crossSite
    }
    return try await next(call)
  }
}

enum CrossSite {
  /// Whether the browser says that the request was begun by another site. A sub-domain is another site, too.
  static func comesFromElsewhere(_ request: HTTPRequest, publicURL: String) -> Bool {
    let site = request.headers["sec-fetch-site"]
    if let site, site != "same-origin", site != "none" { return true }
    guard let origin = request.headers["origin"] else { return false }
    // A page that hides its origin; the other field knows better where the browser has it.
    if origin == "null" { return site == nil }
    return !isOurs(origin, host: request.headers["host"], publicURL: publicURL)
  }

  /// Whether another site's page led here: by a link, or by embedding it.
  static func isBegunElsewhere(_ request: HTTPRequest) -> Bool {
    let site = request.headers["sec-fetch-site"]
    return site == "cross-site" || site == "same-site"
  }

  /// Whether another site's page asks for a part of itself (an image, a frame), rather than its visitor for a page.
  static func isEmbeddedElsewhere(_ request: HTTPRequest) -> Bool {
    let headers = request.headers
    guard isBegunElsewhere(request) else { return false }
    if let mode = headers["sec-fetch-mode"], mode != "navigate" { return true }
    // A frame is navigated, too.
    return headers["sec-fetch-dest"].map { $0 != "document" } ?? false
  }

  /// Whether a browser fetches a page before anybody went there, because another page or a guess told it to.
  static func isFetchedAhead(_ request: HTTPRequest) -> Bool {
    request.headers["sec-purpose"]?.lowercased().contains("prefetch") ?? false
  }

  /// The public origin, or the very host that was asked: behind another name the service works as well. Where the public
  /// one is https, a page that came in clear is somebody else's: whoever sits on the wire may have written it.
  private static func isOurs(_ origin: String, host: String?, publicURL: String) -> Bool {
    if origin == publicURL { return true }
    guard let host = host?.lowercased() else { return false }
    if origin == "https://" + host { return true }
    return !publicURL.hasPrefix("https://") && origin == "http://" + host
  }
}

extension HTTPMethod {
  var isUnsafe: Bool {
    switch self {
    case .get, .head, .options: false
    case .post, .put, .patch, .delete: true
    }
  }
}
