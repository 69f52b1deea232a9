import Accounts
import Coordination
import Domain
import HTTPServer
import Storage

/// Connecting a Spotify account, and everything about that connection.
enum ConnectEndpoints {
  /// Sends the browser to Spotify.
  static func begin(_ call: Call) async throws -> HTTPResponse {
    let beginning = try await beginning(call)
    if Accept(call.request).preferred == .json {
      return remembering(
        beginning, Answer.json(JSONWriter.object { $0.field("auth_url", beginning.authorizeURL) }), call)
    }
    return remembering(beginning, Answer.redirect(302, to: beginning.authorizeURL), call)
  }

  /// Tells where to send the browser, for front ends that navigate themselves.
  static func authorizeURL(_ call: Call) async throws -> HTTPResponse {
    let beginning = try await beginning(call)
    return remembering(
      beginning, Answer.json(JSONWriter.object { $0.field("url", beginning.authorizeURL) }), call)
  }

  /// Takes the browser back from Spotify's page.
  static func finish(_ call: Call) async throws -> HTTPResponse {
    let query = Query(call.request)
    let connection = try await call.services.connect.finish(
      ConnectAccount.Return(
        state: query["state"], code: query["code"], error: query["error"],
        browserToken: call.request.cookie(call.edge.cookies.signIn),
        userAgent: call.request.headers["user-agent"] ?? "", oldSession: call.sessionHash))
    let cookies = call.edge.cookies
    var response = Answer.redirect(302, to: connection.next ?? "/")
    response.headers.append(
      "set-cookie", cookies.set(cookies.session, connection.sessionToken, lifetime: Sessions.longest))
    return response
  }

  static func isAuthenticated(_ call: Call) async throws -> HTTPResponse {
    let isUsable = try await hasUsableGrant(call)
    return Answer.json(JSONWriter.object { $0.field("status", isUsable) })
  }

  /// Makes sure that there is a token that lasts; asks Spotify only when there is none.
  static func refresh(_ call: Call) async throws -> HTTPResponse {
    let access = try await call.services.accesses.access(of: try await call.user())
    return Answer.json(JSONWriter.object { $0.field("access_token_expires_at", access.accessTokenExpiresAt) })
  }

  /// Ends the session, on every instance at once. One that has ended by itself may be ended again.
  static func signOut(_ call: Call) async throws -> HTTPResponse {
    guard case .session(let hash) = try call.caller() else { throw Problem.unauthenticated }
    try await call.services.sessions.end(tokenHash: hash)
    var response = call.prefersPage ? Answer.redirect(303, to: "/") : Answer.empty()
    response.headers.append("set-cookie", call.edge.cookies.clear(call.edge.cookies.session))
    return response
  }

  private static func beginning(_ call: Call) async throws -> ConnectAccount.Beginning {
    let next = Query(call.request)["next"]
    if let next, !SameSitePath.isSafe(next) {
      throw Problem.invalidParameter("next", "must be a path of this site, such as /")
    }
    return try await call.services.connect.begin(
      next: next, user: try await call.userIfAny(),
      browserToken: call.request.cookie(call.edge.cookies.signIn))
  }

  /// Lets the callback recognize the browser that begins here.
  private static func remembering(
    _ beginning: ConnectAccount.Beginning, _ response: HTTPResponse, _ call: Call
  ) -> HTTPResponse {
    let cookies = call.edge.cookies
    var response = response
    response.headers.append(
      "set-cookie", cookies.set(cookies.signIn, beginning.browserToken, lifetime: SignInStates.lifetime))
    return response
  }

  private static func hasUsableGrant(_ call: Call) async throws -> Bool {
    guard let user = try await call.userIfAny() else { return false }
    do {
      _ = try await call.services.accesses.access(of: user)
      return true
    } catch let error as AccountError {
      switch error.code {
      case .notConnected, .reauthorizationRequired, .grantSuspect: return false
      default: throw error
      }
    }
  }
}
