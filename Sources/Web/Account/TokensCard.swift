import Domain
import Storage

/// The API tokens of a person, each with a button that revokes it, and the form for another.
enum TokensCard {
  static func html(_ tokens: [IssuedToken], new: APITokenID?) -> HTML {
    """
    <section aria-labelledby="tokens">
    <h2 id="tokens">API tokens</h2>
    <p class="quiet">For scripts and other services, which send <code>Authorization: Bearer</code> and the token.
    It works until you revoke it, also while Spotify is disconnected.</p>
    \(list(tokens, new: new))\(tokens.count < APITokens.mostPerUser ? form : full)</section>

    """
  }

  private static func list(_ tokens: [IssuedToken], new: APITokenID?) -> HTML {
    guard !tokens.isEmpty else { return "" }
    return """
      <ul class="entries">
      \(tokens.map { entry($0, isNew: $0.id == new) })</ul>

      """
  }

  private static func entry(_ token: IssuedToken, isNew: Bool) -> HTML {
    let scopes = token.scopes.map { scope -> HTML in #" <span class="badge">\#(scope.rawValue)</span>"# }
    let mark: HTML = isNew ? #" <span class="badge good">new</span>"# : ""
    let use: HTML =
      if let at = token.lastUsedAt { "used \(AccountPage.moment(at))" } else { "not used yet" }
    return """
      <li>
      <div><strong>\(token.name)</strong>\(scopes)\(mark)
      <span class="quiet">\(use), made \(AccountPage.moment(token.createdAt))</span></div>
      <form method="post" action="/account/tokens/\(token.id.description)/revoke/">
      <button class="plain" aria-label="Revoke the token \(token.name)">Revoke</button></form>
      </li>

      """
  }

  private static let full: HTML = """
    <p class="note">You have as many as one may have. Revoke one that you don’t need to make another.</p>

    """

  private static let form: HTML = """
    <form class="card fields" method="post" action="/account/tokens/">
    <h3>Make a token</h3>
    <p><label for="name">Name</label>
    <input id="name" name="name" required maxlength="\(plain: NewToken.longestName)" autocomplete="off"
    placeholder="what it is for"></p>
    <fieldset>
    <legend>It may</legend>
    \(TokenScope.allCases.map(box))</fieldset>
    <button>Make a token</button>
    </form>

    """

  private static func box(_ scope: TokenScope) -> HTML {
    let mark: HTML = scope == .read ? " checked" : ""
    return """
      <label><input type="checkbox" name="scope" value="\(scope.rawValue)"\(mark)> \(words(scope))</label>

      """
  }

  private static func words(_ scope: TokenScope) -> HTML {
    switch scope {
    case .read: "read what is kept here (<code>read</code>)"
    case .sync: "ask for syncs and stop them (<code>sync</code>)"
    }
  }
}
