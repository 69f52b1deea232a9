import Secrets

/// `base64(id:secret)` of RFC 7617, made without leaving a copy of the secret behind.
enum BasicCredentials {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encode(id: String, secret: borrowing SecretBytes) -> SecretBytes {
    let plain = SecretBytes(count: id.utf8.count + 1 + secret.count) { buffer in
      buffer.copyBytes(from: id.utf8)
      buffer[id.utf8.count] = UInt8(ascii: ":")
      secret.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(rebasing: buffer[(id.utf8.count + 1)...]).copyMemory(from: $0)
      }
    }
    return plain.withUnsafeBytes { plain in
      SecretBytes(count: (plain.count + 2) / 3 * 4) { buffer in
        for group in 0..<(buffer.count / 4) {
          let start = group * 3
          let rest = plain.count - start
          let word =
            UInt32(plain[start]) << 16 | (rest > 1 ? UInt32(plain[start + 1]) << 8 : 0)
            | (rest > 2 ? UInt32(plain[start + 2]) : 0)
          for position in 0..<4 {
            buffer[group * 4 + position] =
              position <= rest ? alphabet[Int(word >> UInt32(18 - 6 * position)) & 63] : UInt8(ascii: "=")
          }
        }
      }
    }
  }
}
