import HTTPServer

/// `ETag` and `If-None-Match` (RFC 9110, sections 8.8.3 and 13.1.2).
enum EntityTag {
  /// A strong tag of exactly these bytes.
  static func of(_ bytes: [UInt8]) -> String { "\"" + Hexadecimal.text(ContentHash.of(bytes)) + "\"" }

  /// Whether the client holds `tag` already. Compares weakly, as the RFC wants it here.
  static func matches(_ tag: String, _ request: HTTPRequest) -> Bool {
    guard let field = request.headers["if-none-match"] else { return false }
    return field == tag || matches(tag, list: field)
  }

  static func matches(_ tag: String, list: String) -> Bool {
    for candidate in list.commaSeparated {
      if candidate == "*" || opaque(candidate) == opaque(tag) { return true }
    }
    return false
  }

  private static func opaque(_ tag: String) -> Substring {
    tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...]
  }
}
