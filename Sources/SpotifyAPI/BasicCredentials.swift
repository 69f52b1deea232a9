import Secrets

/// `base64(id:secret)` of RFC 7617, made without leaving a copy of the secret behind.
enum BasicCredentials {
  static func encode(id: String, secret: borrowing SecretBytes) -> SecretBytes {
    let plain = SecretBytes(count: id.utf8.count + 1 + secret.count) { buffer in
      buffer.copyBytes(from: id.utf8)
      buffer[id.utf8.count] = UInt8(ascii: ":")
      secret.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(rebasing: buffer[(id.utf8.count + 1)...]).copyMemory(from: $0)
      }
    }
    return Base64.encodeSecret(plain)
  }
}
