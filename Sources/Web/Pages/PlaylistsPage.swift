import Domain

/// Somebody's playlists in their order.
enum PlaylistsPage {
  static func html(_ playlists: ArraySlice<HeldPlaylist>, _ pager: Pager) -> HTML {
    """
    \(TopBar.html(at: .playlists))<main>
    <h1>Playlists</h1>
    \(playlists.isEmpty ? empty : table(playlists))\(pager.html)\
    <p class="quiet"><a href="/api/me/playlists/">All of them as JSON</a></p>
    </main>

    """
  }

  private static let empty: HTML = """
    <p>There are none here. They come with the next sync, if there are any on Spotify.</p>

    """

  private static func table(_ playlists: ArraySlice<HeldPlaylist>) -> HTML {
    """
    <table class="list" aria-label="Playlists in your order">
    <thead><tr><th scope="col">Playlist</th><th scope="col">Owner</th><th scope="col">Contents</th></tr></thead>
    <tbody>
    \(playlists.map(row))</tbody>
    </table>

    """
  }

  private static func row(_ held: HeldPlaylist) -> HTML {
    let playlist = held.playlist
    return """
      <tr><th scope="row"><span class="titled">\(Cover.html(playlist.imageURL, size: 48))
      <a href="\(address(playlist))">\(PlaylistWords.name(playlist))</a></span></th>
      <td>\(PlaylistWords.owner(playlist))</td>
      <td>\(PlaylistWords.amount(held))</td></tr>

      """
  }

  private static func address(_ playlist: Playlist) -> String {
    "/playlists/\(PercentEncoding.component(playlist.id.rawValue))/"
  }

  /// The first of them, for the page at `/`.
  static func shelf(_ playlists: [HeldPlaylist]) -> HTML {
    guard !playlists.isEmpty else { return "" }
    return """
      <section aria-labelledby="playlists">
      <h2 id="playlists">Playlists</h2>
      <ul class="shelf">
      \(playlists.map(item))</ul>
      <p class="quiet"><a href="/playlists/">All playlists</a></p>
      </section>

      """
  }

  private static func item(_ held: HeldPlaylist) -> HTML {
    """
    <li><a href="\(address(held.playlist))">\(Cover.html(held.playlist.imageURL, size: 160))
    <strong>\(PlaylistWords.name(held.playlist))</strong>
    <span>by \(PlaylistWords.owner(held.playlist))</span>
    <small>\(PlaylistWords.amount(held))</small></a></li>

    """
  }
}
