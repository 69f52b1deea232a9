/// One request. It holds nothing secret: secrets travel beside it, see ``HTTPClient/send(_:secretHeader:)``.
package struct HTTPClientRequest: Sendable {
  /// Such as `GET`; sent as it is written.
  package var method: String
  /// An absolute `http` or `https` URL, already percent-encoded, without user and password.
  package var url: String
  /// Sent in this order. The body's framing (`Content-Length`, `Transfer-Encoding`) is refused here.
  package var headers: [(name: String, value: String)]
  /// `nil` and empty send none, with `Content-Length: 0` for a `POST`, `PUT` or `PATCH`.
  package var body: [UInt8]?
  /// For the whole exchange, from waiting for a connection to the body's last byte.
  package var deadline: Duration
  /// The largest body that is taken, in bytes after decompression.
  package var maximumBodyBytes: Int
  /// The answer holds tokens: what came of one that failed is overwritten. Of one that came whole the caller does it,
  /// see ``HTTPClientResponse/wipeBody()``.
  package var isAnswerSecret: Bool

  package init(
    method: String = "GET", url: String, headers: [(name: String, value: String)] = [],
    body: [UInt8]? = nil, deadline: Duration = .seconds(30), maximumBodyBytes: Int = 8 << 20,
    isAnswerSecret: Bool = false
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.deadline = deadline
    self.maximumBodyBytes = maximumBodyBytes
    self.isAnswerSecret = isAnswerSecret
  }
}

extension HTTPClientRequest {
  /// Refuses what could change the request's shape on the wire, before curl sees it.
  func validate() throws(HTTPClientError) {
    guard HTTPSyntax.isToken(method) else {
      throw HTTPClientError(.invalidRequest, "the method isn't a token")
    }
    // curl would guess a scheme and stop reading at a NUL; nothing here is guessed.
    guard !url.isEmpty, url.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw HTTPClientError(.invalidRequest, "the URL is empty or has characters that must be encoded")
    }
    guard isSecure || HTTPSyntax.hasPrefix(url, "http://") else {
      throw HTTPClientError(.unsupportedScheme, "only http and https are allowed")
    }
    for (name, value) in headers {
      guard HTTPSyntax.isToken(name), value.utf8.allSatisfy(HTTPSyntax.isFieldByte) else {
        throw HTTPClientError(
          .invalidRequest, "a header's name or value has characters that don't belong there")
      }
      for reserved in ["Content-Length", "Transfer-Encoding"] where HTTPSyntax.areEqual(name, reserved) {
        throw HTTPClientError(.invalidRequest, "\(reserved) is set by the client")
      }
    }
  }

  var isSecure: Bool { HTTPSyntax.hasPrefix(url, "https://") }
}
