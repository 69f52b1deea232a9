import HTTPServer

extension SimulatorState {
  /// `GET /authorize`: the consent page, or a refusal. `simulate_user=ID` agrees at once, for tests.
  mutating func authorize(_ call: Call) -> HTTPResponse {
    let request: AuthorizationRequest
    do {
      request = try AuthorizationRequest(call.query, clients: configuration.clients)
    } catch {
      return .html(400, ConsentPage.refusal(error.message))
    }
    guard request.unknownScopes.isEmpty else { return back(request, error: "invalid_scope") }
    if let user = call.query("simulate_user") { return agree(request, user: user) }
    let fields = AuthorizationRequest.fields.compactMap { name in call.query(name).map { (name, $0) } }
    return .html(
      200,
      ConsentPage.consent(
        client: request.client.id, scopes: request.scope.split(separator: " ").map(String.init),
        users: accounts.map(\.user), fields: fields))
  }

  /// `POST /authorize/decide`: what a button of the consent page sends.
  mutating func decide(_ call: Call) -> HTTPResponse {
    guard Call.isForm(call.request) else { return .html(415, ConsentPage.refusal("Unsupported media type")) }
    let request: AuthorizationRequest
    do {
      request = try AuthorizationRequest(call.form, clients: configuration.clients)
    } catch {
      return .html(400, ConsentPage.refusal(error.message))
    }
    guard let user = call.form("user") else { return back(request, error: "access_denied") }
    return agree(request, user: user)
  }

  private mutating func agree(_ request: AuthorizationRequest, user: String) -> HTTPResponse {
    guard account(user) != nil else { return .html(400, ConsentPage.refusal("No such user: \(user)")) }
    let code = tokens.issueCode(
      TokenBook.Code(
        client: request.client.id, user: user, redirectURI: request.redirectURI, scope: request.scope,
        challenge: request.challenge, issuedAt: microseconds))
    return .redirect(
      FormEncoding.append([("code", code), ("state", request.state)], to: request.redirectURI))
  }

  private func back(_ request: AuthorizationRequest, error: String) -> HTTPResponse {
    .redirect(FormEncoding.append([("error", error), ("state", request.state)], to: request.redirectURI))
  }
}
