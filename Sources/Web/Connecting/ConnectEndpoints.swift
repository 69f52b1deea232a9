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
    let cookies = call.edge.cookies
    let state = try query.only("state")
    let (code, error) = (try query.only("code"), try query.only("error"))
    let issuer = try query.only("iss")
    let signIn = state.map(cookies.signIn)
    let browserToken = signIn.flatMap(call.request.cookie)
    // The sign-in has ended, however it did; what is still on its way to Redis or Postgres may be tried again.
    let isOver = browserToken == nil ? nil : signIn.map(cookies.clear)
    do {
      let connection = try await call.services.connect.finish(
        ConnectAccount.Return(
          state: state, code: code, error: error, issuer: issuer, browserToken: browserToken,
          userAgent: call.request.headers["user-agent"] ?? "", oldSession: call.sessionHash))
      var response = Answer.redirect(302, to: connection.next ?? "/")
      let lifetime = call.services.sessions.lifetime.longest
      response.headers.append(
        "set-cookie", cookies.set(cookies.session, connection.sessionToken, lifetime: lifetime))
      if let isOver { response.headers.append("set-cookie", isOver) }
      return response
    } catch {
      guard let isOver else { throw error }
      var problem = Problem(error) ?? call.unexpected(error)
      guard problem.status != 503 else { throw error }
      problem.headers.append("set-cookie", isOver)
      throw problem
    }
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

  private static func beginning(_ call: Call) async throws -> ConnectAccount.Beginning {
    let next = Query(call.request)["next"]
    if let next, !SameSitePath.isSafe(next) {
      throw Problem.invalidParameter("next", "must be a path of this site, such as /")
    }
    // Who agreed once would be connected again by any link to here, also after disconnecting.
    return try await call.services.connect.begin(
      next: next, user: try await call.userOfSession(),
      asksAgain: CrossSite.isBegunElsewhere(call.request))
  }

  /// Sign-ins that a browser may have under way at once, so that their cookies never fill its requests.
  private static let mostSignIns = 8

  /// Lets the callback recognize the browser that begins here.
  private static func remembering(
    _ beginning: ConnectAccount.Beginning, _ response: HTTPResponse, _ call: Call
  ) -> HTTPResponse {
    let cookies = call.edge.cookies
    var response = response
    response.headers.append(
      "set-cookie",
      cookies.set(
        cookies.signIn(beginning.state), beginning.browserToken, lifetime: SignInStates.lifetime))
    let underWay = call.request.cookieNames(beginning: cookies.signInPrefix)
    for name in underWay.dropLast(mostSignIns - 1) {
      response.headers.append("set-cookie", cookies.clear(name))
    }
    return response
  }

  private static func hasUsableGrant(_ call: Call) async throws -> Bool {
    guard let user = try await call.userIfAny() else { return false }
    do {
      _ = try await call.services.accesses.access(of: user)
      return true
    } catch let error as AccountError {
      switch error.code {
      case .notConnected, .reauthorizationRequired, .otherApp, .grantSuspect: return false
      default: throw error
      }
    }
  }
}
