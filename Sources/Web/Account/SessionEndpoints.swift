import Domain
import HTTPServer
import Storage

/// `/api/me/sessions/…` and signing out: where one is signed in, and ending that. What has ended is over on every
/// instance with the answer.
enum SessionEndpoints {
  /// The one used last first.
  static func list(_ call: Call) async throws -> HTTPResponse {
    let session = try call.session()
    let query = Query(call.request)
    let limit = try query.limit()
    let sessions = try await call.services.sessions.list(
      askedBy: session, after: try SessionsCursor.position(query), limit: limit + 1)
    return ListPage.answer(
      sessions, limit: limit, to: call, cursor: SessionsCursor.after, write: { $0.session($1) })
  }

  static func end(_ call: Call) async throws -> HTTPResponse {
    try await endNamed(call) ? forgetting(Answer.empty(), call) : Answer.empty()
  }

  static func endOthers(_ call: Call) async throws -> HTTPResponse {
    let count = try await call.services.sessions.endOthers(askedBy: try call.session())
    return Answer.json(JSONWriter.object { $0.field("ended", count) })
  }

  /// Ends this session. One that has ended by itself may be ended again.
  static func signOut(_ call: Call) async throws -> HTTPResponse {
    try await call.services.sessions.end(tokenHash: try call.session())
    return signedOut(call)
  }

  static func signOutEverywhere(_ call: Call) async throws -> HTTPResponse {
    try await call.services.sessions.endAll(askedBy: try call.session())
    return signedOut(call)
  }

  private static func signedOut(_ call: Call) -> HTTPResponse {
    forgetting(call.prefersPage ? Answer.redirect(303, to: "/") : Answer.empty(), call)
  }

  /// Ends the session that the path names, and says whether it was the one that asks.
  static func endNamed(_ call: Call) async throws -> Bool {
    let session = try call.session()
    guard let id = SessionID(call.parameter("id")),
      let wasCurrent = try await call.services.sessions.end(id, askedBy: session)
    else { throw Problem(404, "session_not_found", "you have no session of this id") }
    return wasCurrent
  }

  /// Takes the session's cookie from the browser, and its copies of pages: "back" on a shared computer shows nothing.
  static func forgetting(_ response: HTTPResponse, _ call: Call) -> HTTPResponse {
    var response = response
    response.headers.append("set-cookie", call.edge.cookies.clear(call.edge.cookies.session))
    response.headers.append("clear-site-data", #""cache""#)
    return response
  }
}

/// Where pages of somebody's sessions go on.
enum SessionsCursor {
  private static let list = "sessions"

  static func after(_ session: Session) -> String {
    Cursor.encode(Cursor.bytes(session.lastSeenAt) + Cursor.bytes(session.id.rawValue), list: list)
  }

  /// Nil where the list begins.
  static func position(_ query: Query) throws(Problem) -> Sessions.Position? {
    guard let bytes = try query.cursor(of: list) else { return nil }
    guard let lastSeenAt = Cursor.date(bytes[...]), let id = Cursor.uuid(bytes.dropFirst(8)) else {
      throw Cursor.invalid
    }
    return Sessions.Position(lastSeenAt: lastSeenAt, session: SessionID(id))
  }
}

extension JSONWriter {
  mutating func session(_ session: Session) {
    object { writer in
      writer.field("id", session.id.description)
      writer.field("current", session.isCurrent)
      writer.field("created_at", session.createdAt)
      writer.field("last_seen_at", session.lastSeenAt)
      writer.field("user_agent", session.userAgent)
    }
  }
}
