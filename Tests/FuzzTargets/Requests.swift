@testable import HTTPServer
@testable import Web

extension FuzzTarget {
  /// A request line's target, and the query in it.
  static let requestTargets = FuzzTarget(
    "request-targets",
    seeds: [
      "/", "/a/b?c=d&e=%C3%A9&f=+&&=x&g", "http://host:80/p?q", "https://h", "*", "/?%", "/%zz?%4", "/?a=%00",
      "/?%FF=%c3%28",
    ],
    words: ["http://", "https://", "%2F", "%00", "%", "&", "=", "+", "@", "#", "?"]
  ) { input in
    let bytes = input.rest
    let target = bytes.withUnsafeBufferPointer { RequestTarget($0, method: .options) }
    guard let target else { return }
    try hold(target.path == "*" || target.path.hasPrefix("/"), "a path begins with a slash")
    let sent = String(decoding: bytes, as: UTF8.self)
    let read = target.path + (target.query.map { "?\($0)" } ?? "")
    try hold(sent.hasSuffix(read) || target.path == "/", "nothing is left out of \(read)")

    let request = HTTPRequest(method: .get, path: target.path, query: target.query)
    let items = request.queryItems
    try hold(items.count <= HTTPRequest.queryItemLimit, "a query has a bounded number of items")
    try hold(read.count >= items.count, "items come from the query alone")
    let written = items.map {
      "\(PercentEncoding.component($0.name))=\(PercentEncoding.component($0.value))"
    }.joined(separator: "&")
    let again = HTTPRequest(method: .get, path: "/", query: written).queryItems
    try hold(again == items, "decoding gives back what was encoded: \(written)")
  }

  /// The way from a path to a route and its parameters.
  static let routes = FuzzTarget(
    "routes",
    seeds: [
      "/api/me/", "/a/%2e%2e/b/", "/a/b/c", "//", "/a//b", "/a/%00", "/a/%C3%A9/b", "/a/%C3", "/literal/b",
    ],
    words: ["%2F", "%2E", "%00", "%", "/", "..", "literal", "é"]
  ) { input in
    let text = input.text
    // What a request line's target can hold.
    let path = text.filter { $0.isASCII && $0 > " " && $0 < "\u{7f}" }
    if case .found(_, let parameters) = router.match(.get, path) {
      for value in parameters.values {
        try hold(!value.isEmpty && !value.utf8.contains(0), "a parameter is something and holds no NUL")
      }
    }
    guard !text.isEmpty, !text.utf8.contains(0) else { return }
    guard case .found(1, let found) = router.match(.get, "/a/\(PercentEncoding.component(text))/b/") else {
      throw Broken(description: "an encoded segment leads nowhere: \(text)")
    }
    try hold(found == ["name": text], "a segment comes back as it was encoded")
  }

  private static let router: Router<Int> = {
    var router = Router<Int>()
    router.add(.get, "/a/{name}/b/", 1)
    router.add(.get, "/{first}/{second}/", 2)
    router.add(.get, "/literal/b/", 3)
    return router
  }()

  /// `Cookie` fields: the first cookie of a name, and never a part of another one.
  static let cookies = FuzzTarget(
    "cookies",
    seeds: [
      "session\nsession=abc", "session\na=b; session=abc; c=d", "session\n\tsession = x =y ;",
      "session\nxsession=1",
      "session\na=\"; session=forged\"", "session\nsession\nsession=second",
      "__Host-session\nsession=x;__Host-session=y",
      "s\n;;;s=;s=1",
    ],
    words: ["session", "=", ";", "; ", "\"", "\t", "__Host-", "é"]
  ) { input in
    let name = input.line().filter { $0.isASCII && $0 != "=" && $0 != ";" && $0 > " " && $0 < "\u{7f}" }
    guard !name.isEmpty else { return }
    let values = input.fieldValues()
    var headers = HTTPHeaders()
    for value in values { headers.append("Cookie", value) }
    let found = HTTPRequest(method: .get, path: "/", headers: headers).cookie(name)
    if let found {
      try hold(!found.contains(";") && found.utf8.first != 0x20 && found.utf8.last != 0x20, "a value is bare")
      try hold(values.contains { holds($0, name, found) }, "\(found) belongs to \(name) in \(values)")
    }
    // Ours, behind whatever a neighbour's page has set.
    let strangers = values.joined(separator: ";")
    guard strangers.utf8.firstRange(of: name.utf8) == nil else { return }
    let request = HTTPRequest(method: .get, path: "/", headers: ["cookie": "\(strangers); \(name)=ours"])
    try hold(request.cookie(name) == "ours", "our cookie is found behind \(strangers)")
  }

  /// Whether the pair stands between semicolons, with nothing but blanks beside it.
  private static func holds(_ field: String, _ name: String, _ value: String) -> Bool {
    field.utf8.split(separator: UInt8(ascii: ";")).contains { pair in
      let text = String(decoding: pair, as: UTF8.self)
      let parts = text.utf8.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { return false }
      return blankless(parts[0]) == Array(name.utf8) && blankless(parts[1]) == Array(value.utf8)
    }
  }

  private static func blankless(_ bytes: Substring.UTF8View) -> [UInt8] {
    var bytes = Array(bytes)
    while bytes.last == 0x20 || bytes.last == 9 { bytes.removeLast() }
    return Array(bytes.drop { $0 == 0x20 || $0 == 9 })
  }
}
