/// Writes query fields so that every reader takes them back the same: a space is `%20`, never `+`.
enum FormEncoding {
  static func encode(_ text: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
      default: bytes += [0x25, hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Adds fields to a URL that may have a query already.
  static func append(_ fields: [(String, String?)], to url: String) -> String {
    let query = fields.compactMap { name, value in value.map { "\(encode(name))=\(encode($0))" } }
    return url + (url.contains("?") ? "&" : "?") + query.joined(separator: "&")
  }

  private static let hexadecimal = Array("0123456789ABCDEF".utf8)
}
