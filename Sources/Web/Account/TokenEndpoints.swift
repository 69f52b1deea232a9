import Accounts
import Domain
import HTTPServer
import Storage

/// `/api/me/tokens/…`: API tokens of the person. For sessions alone: a token makes no tokens.
enum TokenEndpoints {
  /// The newest first.
  static func list(_ call: Call) async throws -> HTTPResponse {
    let session = try call.session()
    let query = Query(call.request)
    let limit = try query.limit()
    let tokens = try await call.services.apiTokens.list(
      askedBy: session, after: try TokensCursor.position(query), limit: limit + 1)
    return ListPage.answer(
      tokens, limit: limit, to: call, cursor: TokensCursor.after,
      write: { writer, token in writer.object { $0.fields(of: token) } })
  }

  /// The only answer that ever holds the token.
  static func create(_ call: Call) async throws -> HTTPResponse {
    let (issued, token) = try await issue(call) { () throws(Problem) in try NewToken(json: call.request.body)
    }
    var response = Answer.json(
      JSONWriter.object { writer in
        writer.fields(of: issued)
        writer.field("token", token)
      }, status: 201)
    response.headers.append("location", "/api/me/tokens/\(issued.id)/")
    return response
  }

  static func revoke(_ call: Call) async throws -> HTTPResponse {
    try await revokeNamed(call)
    return Answer.empty()
  }

  /// Makes a token of what is wished for; it is nowhere but in what this returns. Who isn't signed in is told so before
  /// the wish is judged.
  static func issue(
    _ call: Call, _ read: () throws(Problem) -> NewToken
  ) async throws -> (issued: IssuedToken, token: String) {
    let session = try call.session()
    _ = try await call.user()
    let wish = try read()
    let token = APIToken.make()
    guard
      let issued = try await call.services.apiTokens.add(
        APIToken.hash(token), name: wish.name, scopes: wish.scopes, askedBy: session)
    else {
      throw Problem(
        409, "too_many_tokens",
        "you have \(APITokens.mostPerUser) API tokens, which is the most; revoke one that you don't need")
    }
    return (issued, token)
  }

  /// Revokes the token that the path names.
  static func revokeNamed(_ call: Call) async throws {
    let session = try call.session()
    guard let id = APITokenID(call.parameter("id")),
      try await call.services.apiTokens.revoke(id, askedBy: session)
    else { throw Problem(404, "token_not_found", "you have no API token of this id") }
  }
}

/// Where pages of somebody's API tokens go on.
enum TokensCursor {
  private static let list = "tokens"

  static func after(_ token: IssuedToken) -> String {
    Cursor.encode(Cursor.bytes(token.id.rawValue), list: list)
  }

  /// Nil where the list begins.
  static func position(_ query: Query) throws(Problem) -> APITokenID? {
    guard let bytes = try query.cursor(of: list) else { return nil }
    guard let id = Cursor.uuid(bytes[...]) else { throw Cursor.invalid }
    return APITokenID(id)
  }
}

extension JSONWriter {
  fileprivate mutating func fields(of token: IssuedToken) {
    field("id", token.id.description)
    field("name", token.name)
    field("scopes", token.scopes.map(\.rawValue))
    field("created_at", token.createdAt)
    field("last_used_at", token.lastUsedAt)
  }
}
