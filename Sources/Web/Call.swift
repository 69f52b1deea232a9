import Accounts
import Domain
import HTTPServer
import Logging
import Storage

/// A request on its way through the edge.
struct Call: Sendable {
  let edge: Edge
  var request: HTTPRequest
  /// Goes into the log and the answer, so that the two can be brought together.
  let id: String
  /// What the table has for it; known from ``routing(_:)`` on.
  var route = Call.unrouted

  init(_ edge: Edge, _ request: HTTPRequest) {
    self.edge = edge
    self.request = request
    id = RequestID.of(request)
  }

  private static let unrouted = Route(method: .get, path: "", access: .anyone) { _ in throw Problem.notFound }

  var services: WebServices { edge.services }

  /// Writes lines with the request's id.
  var logger: Logger { edge.services.logger.with(["request_id": id]) }

  /// What stood in the place of the route's `{name}`; empty when the route has none.
  func parameter(_ name: String) -> String { request.pathParameters[name] ?? "" }

  // MARK: Who is calling

  /// The hash of the session's token, if the cookie can be one of ours.
  var sessionHash: [UInt8]? {
    guard let token = request.cookie(edge.cookies.session), SessionToken.isWellFormed(token) else {
      return nil
    }
    return SessionToken.hash(token)
  }

  /// Who calls, by a session that the query which follows checks.
  ///
  /// - Throws: 401 when nobody says who they are.
  func caller() throws(Problem) -> Caller {
    guard request.headers["authorization"] == nil else { throw Problem.noAPITokens }
    guard let hash = sessionHash else { throw Problem.unauthenticated }
    return .session(tokenHash: hash)
  }

  /// Who calls, checked here and now.
  func user() async throws -> UserID {
    guard case .session(let hash) = try caller() else { throw Problem.unauthenticated }
    guard let user = try await edge.services.sessions.user(tokenHash: hash) else {
      throw Problem.unauthenticated
    }
    return user
  }

  /// Who calls, where nobody has to be signed in.
  func userIfAny() async throws -> UserID? {
    guard let hash = sessionHash else { return nil }
    return try await edge.services.sessions.user(tokenHash: hash)
  }

  // MARK: What is preferred

  /// Whether the caller is a browser that wants to show something.
  var prefersPage: Bool { Accept(request).preferred == .page }
}
