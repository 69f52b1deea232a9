/// The methods that the server lets through; every other one is answered 501 before a handler sees it.
package enum HTTPMethod: String, Sendable, CaseIterable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case put = "PUT"
  case patch = "PATCH"
  case delete = "DELETE"
  case options = "OPTIONS"
}

/// A request whose framing was judged and whose body has arrived.
package struct HTTPRequest: Sendable {
  package var method: HTTPMethod
  /// The path as sent, still percent-encoded, without the query.
  package var path: String
  /// What stands behind the first `?`, still encoded.
  package var query: String?
  package var headers: HTTPHeaders
  package var body: [UInt8]
  /// The peer's numeric address, without the port. Behind a proxy it is the proxy's.
  package var remoteAddress: String
  /// What stood in the places of a route's `{name}`s, decoded; empty until a router was asked.
  package var pathParameters: [String: String] = [:]

  package init(
    method: HTTPMethod, path: String, query: String? = nil, headers: HTTPHeaders = [:], body: [UInt8] = [],
    remoteAddress: String = "127.0.0.1"
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
    self.remoteAddress = remoteAddress
  }
}
