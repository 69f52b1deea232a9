/// What a handler answers. The server adds `Date`, `Content-Length` or chunked framing, and leaves the body
/// out for `HEAD` and for statuses that have none.
package struct HTTPResponse: Sendable {
  package enum Body: Sendable {
    case empty
    case bytes([UInt8])
    /// Bytes that many responses share: sent without a copy.
    case shared(SharedBytes)
    /// Written piece by piece on the request's reactor; the response ends when the closure returns, and the
    /// connection is cut when it throws.
    case stream(@Sendable (HTTPBodyWriter) async throws -> Void)
  }

  package var status: Int
  package var headers: HTTPHeaders
  package var body: Body

  package init(status: Int, headers: HTTPHeaders = [:], body: Body = .empty) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}
