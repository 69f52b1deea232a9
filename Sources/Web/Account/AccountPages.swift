import HTTPServer
import Storage

/// `/account/…`: the caller's sessions and API tokens for people, and the forms that end and make them. Works
/// without a script; what a form has done is shown by the page that the browser is sent back to.
enum AccountPages {
  static func show(_ call: Call) async throws -> HTTPResponse { try await page(call) }

  static func endSession(_ call: Call) async throws -> HTTPResponse {
    guard try await SessionEndpoints.endNamed(call) else { return back }
    return SessionEndpoints.forgetting(Answer.redirect(303, to: "/"), call)
  }

  static func endOtherSessions(_ call: Call) async throws -> HTTPResponse {
    _ = try await call.services.sessions.endOthers(askedBy: try call.session())
    return back
  }

  /// The only page that ever shows the token.
  static func makeToken(_ call: Call) async throws -> HTTPResponse {
    let (issued, token) = try await TokenEndpoints.issue(call) { () throws(Problem) in
      let form = try Form(call.request.body)
      return try NewToken(name: form["name"], scopes: form.all("scope"))
    }
    return try await page(call, 201, new: AccountPage.MadeToken(id: issued.id, token: token))
  }

  static func revokeToken(_ call: Call) async throws -> HTTPResponse {
    try await TokenEndpoints.revokeNamed(call)
    return back
  }

  private static var back: HTTPResponse { Answer.redirect(303, to: "/account/") }

  /// All of a person's sessions and tokens fit on one page: their numbers are bounded.
  private static func page(
    _ call: Call, _ status: Int = 200, new: AccountPage.MadeToken? = nil
  ) async throws -> HTTPResponse {
    let session = try call.session()
    let sessions = try await call.services.sessions.list(
      askedBy: session, after: nil, limit: Sessions.mostPerUser)
    let tokens = try await call.services.apiTokens.list(
      askedBy: session, after: nil, limit: APITokens.mostPerUser)
    return Page.response(
      status, title: "Account – Cratekeeper", AccountPage.html(sessions, tokens, new: new))
  }
}
