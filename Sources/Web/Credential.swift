import Accounts
import HTTPServer

/// What a request brings along to say who sends it. An API token counts alone, whatever cookie comes with it:
/// only a program that means it can send one, a cookie comes by itself.
enum Credential: Sendable, Equatable {
  /// The hash of a session's token.
  case session([UInt8])
  /// The hash of an API token.
  case token([UInt8])
  /// `Authorization: Bearer` with something that is no token of ours, or more than once.
  case brokenToken

  init?(_ request: HTTPRequest, _ cookies: CookieNames) {
    let bearers = request.headers.all("authorization").compactMap(Credential.bearer)
    if let token = bearers.first {
      self =
        bearers.count == 1 && APIToken.isWellFormed(token) ? .token(APIToken.hash(token)) : .brokenToken
    } else if let token = request.cookie(cookies.session), SessionToken.isWellFormed(token) {
      self = .session(SessionToken.hash(token))
    } else {
      return nil
    }
  }

  /// What stands behind `Bearer`; nil for another scheme, such as that of a proxy in front.
  private static func bearer(_ field: String) -> String? {
    let scheme = field.prefix { $0 != " " }
    return scheme.lowercased() == "bearer" ? String(field.dropFirst(scheme.count)).trimmed : nil
  }
}
