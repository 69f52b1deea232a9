import Secrets

/// A complete answer, whatever its status: a redirect or an error of the server is an answer too.
package struct HTTPClientResponse: Sendable {
  package let status: Int
  private let head: ResponseHead
  /// Decompressed.
  package private(set) var body: [UInt8]

  init(status: Int, head: ResponseHead, body: [UInt8]) {
    self.status = status
    self.head = head
    self.body = body
  }

  /// The first value of that name, without regard to case.
  package func header(_ name: String) -> String? { head.firstValue(of: name) }

  /// All fields in the order they came, as the server spelled them; trailers are not among them.
  package var headers: [(name: String, value: String)] { head.fields }

  /// Overwrites the body, for an answer that holds tokens, once they are in ``SecretBytes``.
  ///
  /// It reaches this value's own memory only: not the copies that the caller has made.
  package mutating func wipeBody() {
    body.withUnsafeMutableBytes { SecretBytes.wipe($0) }
    body = []
  }
}
