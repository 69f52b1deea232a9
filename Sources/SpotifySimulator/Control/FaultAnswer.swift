import HTTPServer

/// Thrown into a body's stream to end its connection there.
private struct CutShort: Error {}

extension Fault {
  /// What is answered instead of the truth; nil when the endpoint answers, perhaps altered or cut.
  func replacement(for call: Call) -> HTTPResponse? {
    var response: HTTPResponse
    let message = message?.replacing("{credentials}", with: call.credentials)
    switch kind {
    case .rateLimit: response = .apiError(429, message ?? "API rate limit exceeded")
    case .quotaExceeded: response = .apiError(429, message ?? "Too many requests", reason: "QUOTA_EXCEEDED")
    case .plainText: response = .text(status ?? 429, message ?? "Too many requests")
    case .status:
      let status = status ?? 500
      let message = message ?? Fault.message(status, call.group)
      response =
        call.group == .token
        ? .json(status) { $0.field("error", message) } : .apiError(status, message, reason: reason)
    case .html:
      response = .html(status ?? 200, "<!doctype html><title>Spotify</title><h1>Please wait…</h1>\n")
    case .invalidGrant: return .tokenError("invalid_grant", message ?? "Refresh token revoked")
    case .cut, .slow, .truncated, .nullElement, .malformedElement, .total, .repeatPage, .loopCursor, .nonJSON:
      return nil
    }
    if let seconds = retryAfter ?? defaultRetryAfter { response.headers.set("retry-after", "\(seconds)") }
    return response
  }

  var alteration: PageAlteration {
    switch kind {
    case .nullElement: PageAlteration(nullIndex: index ?? 0)
    case .malformedElement: PageAlteration(malformedIndex: index ?? 0)
    case .total: PageAlteration(total: value ?? 0)
    case .repeatPage: PageAlteration(repeatsFirst: true)
    case .loopCursor: PageAlteration(loopsCursor: true)
    default: PageAlteration()
    }
  }

  var delay: Duration { kind == .slow ? .milliseconds(milliseconds ?? 1_000) : .zero }

  /// Damages a good answer on its way out.
  func damage(_ response: HTTPResponse) -> HTTPResponse {
    if kind == .nonJSON, response.status == 204 {
      return .json(status ?? 200, Array((message ?? "oPClBVDzidwlAlSqmFF-zKNO62E").utf8))
    }
    guard kind == .cut || kind == .truncated else { return response }
    let bytes = response.body.copied
    let half = Array(bytes.prefix(max(1, bytes.count / 2)))
    var damaged = response
    damaged.body =
      kind == .truncated
      ? .bytes(half)
      : .stream { writer in
        try await writer.write(half)
        throw CutShort()
      }
    return damaged
  }

  private var defaultRetryAfter: Int? {
    switch kind {
    case .rateLimit: 1
    case .quotaExceeded: 48_925
    case .plainText where (status ?? 429) == 429: 1
    default: nil
    }
  }

  private static func message(_ status: Int, _ group: EndpointGroup?) -> String {
    // What Spotify says when a page of followed artists is too much for it.
    if status == 502, group == .following { return "Failed to get followed artists" }
    return messages[status] ?? "Error"
  }

  private static let messages = [
    400: "Bad request", 401: "The access token expired", 403: "Forbidden", 404: "Resource not found",
    429: "API rate limit exceeded", 500: "Server error.", 502: "Bad gateway.", 503: "Service unavailable",
    504: "Gateway timeout",
  ]
}
