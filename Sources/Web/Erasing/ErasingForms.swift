import Domain

/// The forms that erase: each says what goes and what stays, asks once more, and works without a script.
enum ErasingForms {
  static func html(_ content: HomeEndpoint.Content) -> HTML {
    """
    <section>
    \(disconnect(content))\(deleteAccount(content))</section>

    """
  }

  private static func disconnect(_ content: HomeEndpoint.Content) -> HTML {
    guard content.connectionStatus != Grant.Status.disconnected.rawValue else { return "" }
    return """
      <details class="disconnect">
      <summary>Disconnect from Spotify…</summary>
      <p>This erases the access you gave, what is kept of your library (\(library(content))) and all runs from
      this server. Nothing changes on Spotify. The account stays, and you can connect again.</p>
      <form method="post" action="/spotify/disconnect/"><button class="danger">Disconnect and erase</button></form>
      </details>

      """
  }

  private static func deleteAccount(_ content: HomeEndpoint.Content) -> HTML {
    """
    <details class="delete-account">
    <summary>Delete my account…</summary>
    <p>This erases your account from this server: the access you gave, what is kept of your library
    (\(library(content))), all runs, and you are signed out everywhere. Nothing changes on Spotify, and signing in
    again begins a new account.</p>
    <p>What stays:</p>
    <ul>
    \(KeptThings.afterDeletion.map(item))</ul>
    <form method="post" action="/account/delete/"><button class="danger">Delete my account</button></form>
    </details>

    """
  }

  private static func library(_ content: HomeEndpoint.Content) -> HTML {
    let profile = content.profile
    return """
      \(profile.trackCount) saved tracks, \(profile.playlistCount) playlists, \(profile.artistCount) followed artists
      """
  }

  private static func item(_ words: String) -> HTML {
    """
    <li>\(words)</li>

    """
  }
}
