import Storage

/// The sessions of a person, each with a button that ends it.
enum SessionsCard {
  static func html(_ sessions: [Session]) -> HTML {
    """
    <section aria-labelledby="sessions">
    <h2 id="sessions">Where you are signed in</h2>
    <ul class="entries">
    \(sessions.map(entry))</ul>
    <div class="actions">
    \(sessions.count > 1 ? endOthers : "")<form method="post" action="/auth/logout/everywhere/">
    <button class="danger">Sign out everywhere</button></form>
    </div>
    <p class="quiet">API tokens are no sessions: they go on working until you revoke them (below).</p>
    </section>

    """
  }

  private static let endOthers: HTML = """
    <form method="post" action="/account/sessions/end-others/"><button class="plain">End all others</button></form>

    """

  private static func entry(_ session: Session) -> HTML {
    let name = BrowserName.of(session.userAgent)
    let mark: HTML = session.isCurrent ? #" <span class="badge good">This browser</span>"# : ""
    return """
      <li>
      <div><strong title="\(session.userAgent)">\(name)</strong>\(mark)
      <span class="quiet">used \(AccountPage.moment(session.lastSeenAt)), signed in
      \(AccountPage.moment(session.createdAt))</span></div>
      <form method="post" action="/account/sessions/\(session.id.description)/end/">
      <button class="plain" aria-label="End the session of \(name)">End</button></form>
      </li>

      """
  }
}
