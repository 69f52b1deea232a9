import HTTPServer

@testable import Web

extension FuzzTarget {
  /// `Content-Type`, by which a body is taken or refused.
  static let bodyTypes = FuzzTarget(
    "body-types",
    seeds: [
      "application/json", "Application/JSON ; charset=utf-8", "application/merge-patch+json", "text/plain",
      "application/x-www-form-urlencoded;charset=x", "multipart/form-data; boundary=+json",
      "text/plain;+json", "",
      "application/json, text/plain",
    ],
    words: [
      "application/json", "+json", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded",
      ";",
      ",", " ", "\t", "charset=utf-8",
    ]
  ) { input in
    let field = input.fieldValue
    let (json, form) = (try takes(.json, field), try takes(.form, field))
    try hold(!(json && form), "a form is never taken for JSON: \(field)")
    try hold(!json || !isSafelisted(field), "no page sends JSON without asking: \(field)")
    if field.utf8.allSatisfy({ $0 < 0x80 }) {
      try hold(try takes(.json, field.uppercased()) == json, "case doesn't matter in \(field)")
    }
    for type in [BodyType.json, .form] {
      let taken = try takes(type, field)
      try hold(try takes(type, "\(field);charset=utf-8") == taken, "parameters don't matter in \(field)")
      try hold(try takes(type, field, method: .get), "who changes nothing isn't asked")
      try hold(try takes(type, field, body: []), "nothing has no type")
    }
  }

  private static func takes(
    _ type: BodyType, _ field: String, method: HTTPMethod = .post, body: [UInt8] = [0x7b]
  ) throws -> Bool {
    let request = HTTPRequest(method: method, path: "/", headers: ["content-type": field], body: body)
    do throws(Problem) { try type.check(request) } catch {
      try hold(error.status == 415, "what is no such body is a 415, not \(error.status)")
      return false
    }
    return true
  }

  /// What a browser lets another site's page send without asking us first (Fetch, "CORS-safelisted").
  private static func isSafelisted(_ field: String) -> Bool {
    let type = String(field.prefix { $0 != ";" }).trimmed.lowercased()
    return ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded"].contains(type)
  }

  /// `X-Request-Id`: taken over into the log and the answer, or replaced.
  static let requestIDs = FuzzTarget(
    "request-ids",
    seeds: [
      "0123456789abcdef", "a.b_c-D", "", "a b", "\u{e9}", String(repeating: "a", count: 64),
      String(repeating: "a", count: 65), "a\"b", "a\\b", "\u{661}",
    ],
    words: [" ", "\"", "\\", "\t", "=", "\u{301}", ".", "-", "_"]
  ) { input in
    let given = input.fieldValue
    let id = RequestID.of(HTTPRequest(method: .get, path: "/", headers: ["x-request-id": given]))
    try hold((1...64).contains(id.utf8.count), "an id has 1 to 64 characters: \(id)")
    let isPlain = id.wholeMatch(of: /[A-Za-z0-9._-]+/.asciiOnlyWordCharacters()) != nil
    try hold(isPlain && id.utf8.allSatisfy { $0 < 0x80 }, "an id is fit for a log line: \(id)")
    try hold((id == given) == RequestID.isSane(given), "what is fit is taken over: \(given)")
  }
}
