import Secrets

/// `application/x-www-form-urlencoded`, and the same escaping for query strings.
enum FormEncoding {
  private static let hexDigits = Array("0123456789ABCDEF".utf8)

  /// `name=value&…` with one more field at the end whose value is a secret; no other copy of it is made.
  static func body(_ fields: [(String, String)], name: String, secret: borrowing SecretBytes) -> SecretBytes {
    let start = Array((query(fields) + "&\(name)=").utf8)
    return secret.withUnsafeBytes { secret in
      let length = secret.reduce(0) { $0 + (isUnreserved($1) ? 1 : 3) }
      return SecretBytes(count: start.count + length) { buffer in
        buffer.copyBytes(from: start)
        var index = start.count
        func put(_ byte: UInt8) {
          buffer[index] = byte
          index += 1
        }
        for byte in secret {
          if isUnreserved(byte) {
            put(byte)
          } else {
            put(UInt8(ascii: "%"))
            put(hexDigits[Int(byte >> 4)])
            put(hexDigits[Int(byte & 15)])
          }
        }
      }
    }
  }

  static func escape(_ text: String) -> String {
    String(decoding: escaped(text.utf8), as: UTF8.self)
  }

  static func escaped(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    for byte in bytes {
      if isUnreserved(byte) {
        result.append(byte)
      } else {
        result += [UInt8(ascii: "%"), hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
      }
    }
    return result
  }

  static func query(_ fields: [(String, String)]) -> String {
    fields.map { "\(escape($0.0))=\(escape($0.1))" }.joined(separator: "&")
  }

  /// Letters, digits and `-._~` (RFC 3986, section 2.3).
  static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      true
    default: false
    }
  }
}
