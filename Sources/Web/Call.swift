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

  private static let unrouted = Route(
    method: .get, path: "", access: .anyone, charge: .caller, body: .json
  ) { _ in throw Problem.notFound }

  var services: WebServices { edge.services }

  /// Writes lines with the request's id.
  var logger: Logger { edge.services.logger.with(["request_id": id]) }

  /// What stood in the place of the route's `{name}`; empty when the route has none.
  func parameter(_ name: String) -> String { request.pathParameters[name] ?? "" }

  // MARK: Who is calling

  /// What the request brings along, not checked yet; read by ``routing(_:_:)``, once, where the route looks at it.
  var credential: Credential?

  /// The hash of the session's token, if that is what the request brings along.
  var sessionHash: [UInt8]? {
    if case .session(let hash) = credential { hash } else { nil }
  }

  /// Who calls, by a session or a token that the query which follows checks.
  ///
  /// - Throws: 401 when nobody says who they are, 403 when a token is not enough here.
  func caller() throws(Problem) -> Caller {
    switch credential {
    case nil: throw .unauthenticated
    case .brokenToken: throw .invalidToken
    case .session(let hash): return .session(tokenHash: hash)
    case .token(let hash):
      switch route.access {
      case .session: throw .sessionRequired
      case .user(let scope): return .token(hash: hash, scope: scope)
      case .anyone, .visitor, .signIn: return .token(hash: hash, scope: nil)
      }
    }
  }

  /// The hash of the session that calls, where nothing else may.
  func session() throws(Problem) -> [UInt8] {
    guard case .session(let hash) = try caller() else { throw .sessionRequired }
    return hash
  }

  /// Who calls, checked here and now.
  func user() async throws -> UserID { try await services.database.user(of: try caller()) }

  /// Who calls, where nobody has to be signed in.
  func userIfAny() async throws -> UserID? {
    do { return try await user() } catch {
      guard Problem(error)?.status == 401 else { throw error }
      forgetCredential()
      return nil
    }
  }

  /// Who is signed in with a browser, if anybody is: pages are for people.
  func userOfSession() async throws -> UserID? {
    sessionHash == nil ? nil : try await userIfAny()
  }

  // MARK: What is preferred

  /// Whether the caller is a browser that wants to show something.
  var prefersPage: Bool { Accept(request).preferred == .page }
}
