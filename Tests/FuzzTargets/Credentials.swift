import Accounts
import HTTPServer

@testable import Web

extension FuzzTarget {
  /// Who calls: a token in `Authorization` counts alone, and is ours or none.
  static let credentials = FuzzTarget(
    "credentials",
    seeds: [
      "\(cookie)\nBearer ck_\(String(repeating: "A", count: 43))", "\(cookie)\nBasic eDp5",
      "\(cookie)\nbearer  x",
      "session=\nBearer a\nBearer b", cookie,
    ],
    words: [
      "Bearer ", "bearer", "ck_", "session=", "Basic ", String(repeating: "A", count: 43), "_", "\u{e9}",
    ]
  ) { input in
    let cookie = input.line().filter { $0 >= " " }
    let fields = input.bytes.isEmpty ? [] : input.fieldValues()
    var headers: HTTPHeaders = ["cookie": cookie]
    for field in fields { headers.append("Authorization", field) }
    let request = HTTPRequest(method: .get, path: "/", headers: headers)
    let bearers = fields.filter { $0.lowercased() == "bearer" || $0.lowercased().hasPrefix("bearer ") }
    switch Credential(request, CookieNames(isSecure: false)) {
    case .session(let hash)?:
      let token = request.cookie("session") ?? ""
      try hold(bearers.isEmpty, "a cookie doesn't count beside \(bearers)")
      try hold(
        SessionToken.isWellFormed(token) && hash == SessionToken.hash(token), "it is the cookie's session")
    case .token(let hash)?:
      let token = bearers.first.map { String($0.dropFirst(7)).trimmed } ?? ""
      try hold(bearers.count == 1 && APIToken.isWellFormed(token), "\(fields) is one token of ours")
      try hold(hash == APIToken.hash(token), "it is the token that was sent")
    case .brokenToken?: try hold(!bearers.isEmpty, "nobody said bearer in \(fields)")
    case nil: try hold(bearers.isEmpty, "who says bearer is told what is wrong: \(fields)")
    }
  }

  private static let cookie = "session=" + String(repeating: "A", count: 43)
}
