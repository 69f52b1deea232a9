import Secrets

/// A header that holds a secret, such as `Authorization: Bearer …`; wiped at its end, never described.
package struct SecretHeader: ~Copyable, Sendable {
  /// As curl wants it: `name: value`, without an end.
  let line: SecretBytes

  /// - Parameters:
  ///   - prefix: what comes before the secret, with its space: `"Bearer "`.
  /// - Throws: `invalidRequest` when it would not be one header; the message doesn't quote it.
  package init(name: String, prefix: String = "", secret: borrowing SecretBytes) throws(HTTPClientError) {
    let isClean = secret.withUnsafeBytes { $0.allSatisfy(HTTPSyntax.isFieldByte) && !$0.isEmpty }
    guard isClean, HTTPSyntax.isToken(name), prefix.utf8.allSatisfy(HTTPSyntax.isFieldByte) else {
      throw HTTPClientError(
        .invalidRequest, "a secret header is empty or has characters that don't belong there")
    }
    let start = "\(name): \(prefix)"
    line = secret.withUnsafeBytes { secret in
      SecretBytes(count: start.utf8.count + secret.count) { target in
        target.copyBytes(from: start.utf8)
        UnsafeMutableRawBufferPointer(rebasing: target[start.utf8.count...]).copyMemory(from: secret)
      }
    }
  }
}
