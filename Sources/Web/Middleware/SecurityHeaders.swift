import HTTPServer

/// Gives every answer the fields that keep browsers from being used against the people who use them.
func securing(_ next: @escaping Answerer) -> Answerer {
  { call in
    var response = await next(call)
    let isPage = response.headers["content-type"]?.hasPrefix("text/html") ?? false
    response.headers.append(contentsOf: isPage ? call.edge.pageHeaders : call.edge.dataHeaders)
    return response
  }
}

enum SecurityHeaders {
  private static let everywhere: HTTPHeaders = [
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy":
      "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "referrer-policy": "no-referrer",
  ]

  /// For JSON, redirects and the server's own refusals: nothing in them may be rendered, framed or sent on as a
  /// referrer.
  static func forData(_ settings: WebSettings) -> HTTPHeaders {
    var headers = everywhere
    headers.append(contentsOf: transport(settings))
    return headers
  }

  /// For pages; each of them says itself what of its address may be sent on.
  static func forPages(_ settings: WebSettings) -> HTTPHeaders {
    var headers: HTTPHeaders = [
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
      "cross-origin-opener-policy": "same-origin",
      "permissions-policy":
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    ]
    headers.append("content-security-policy", pagePolicy(settings))
    headers.append(contentsOf: transport(settings))
    return headers
  }

  private static func pagePolicy(_ settings: WebSettings) -> String {
    let images = ["'self'", "https://i.scdn.co", "https://*.spotifycdn.com"] + settings.imageOrigins
    // No form ends at Spotify, not by a redirect either: the way there is a link, which `form-action` leaves alone.
    return [
      "default-src 'none'", "script-src 'self'", "style-src 'self'",
      "img-src " + images.joined(separator: " "),
      "connect-src 'self'", "form-action 'self'", "object-src 'none'", "base-uri 'none'",
      "frame-ancestors 'none'",
    ].joined(separator: "; ")
  }

  /// With what lies below the host, as ASVS (3.4.1) wants it: over plain http a page there could set cookies for us.
  private static func transport(_ settings: WebSettings) -> HTTPHeaders {
    settings.isSecure ? ["strict-transport-security": "max-age=31536000; includeSubDomains"] : [:]
  }
}
