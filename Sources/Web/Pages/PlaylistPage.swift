import Domain

/// One playlist with its items in order.
enum PlaylistPage {
  static func html(_ held: HeldPlaylist, _ items: ArraySlice<PlaylistItem>, _ pager: Pager) -> HTML {
    let playlist = held.playlist
    return """
      \(TopBar.html(at: nil))<main>
      <section class="who">
      \(Cover.html(playlist.imageURL, size: 112))
      <div>
      <h1>\(PlaylistWords.name(playlist))</h1>
      <p>by \(PlaylistWords.owner(playlist)) · \(PlaylistWords.amount(held))\(kind(playlist))</p>
      \(description(playlist))</div>
      </section>
      <section>
      \(note(held, isEmpty: items.isEmpty))\(items.isEmpty ? "" : table(items))\(pager.html)</section>
      <p class="quiet"><a href="/playlists/">All playlists</a> ·
      <a href="\(SpotifyURL.playlist(playlist.id))" rel="noreferrer">Open in Spotify</a> ·
      <a href="/api/me/playlists/\(PercentEncoding.component(playlist.id.rawValue))/items/">As JSON</a></p>
      </main>

      """
  }

  private static func kind(_ playlist: Playlist) -> HTML {
    if playlist.isCollaborative { return " · collaborative" }
    switch playlist.isPublic {
    case true: return " · public"
    case false: return " · private"
    case nil: return ""
    }
  }

  private static func description(_ playlist: Playlist) -> HTML {
    guard let text = playlist.description, !text.isEmpty else { return "" }
    return """
      <p class="quiet">\(text)</p>

      """
  }

  /// Why there is nothing to see; an empty playlist is never mistaken for a hidden one.
  private static func note(_ held: HeldPlaylist, isEmpty: Bool) -> HTML {
    switch held.contents {
    case .notVisible:
      """
      <p class="note">What is in it is not visible to this app: Spotify shows apps like this one only the playlists
      that are yours or that you may edit. It stays in your list.</p>

      """
    case .pending:
      """
      <p class="note">What is in it has not been read yet. The next sync tries to.</p>

      """
    case .synced:
      isEmpty ? "<p>There is nothing here: the list ends before this page, or is empty.</p>\n" : ""
    }
  }

  private static func table(_ items: ArraySlice<PlaylistItem>) -> HTML {
    """
    <table class="list items" aria-label="Items in order">
    <thead><tr><th scope="col"><abbr title="Position">#</abbr></th><th scope="col">Title</th>
    <th scope="col" class="wide">Album</th><th scope="col" class="wide">Added</th>
    <th scope="col">Length</th></tr></thead>
    <tbody>
    \(items.map(row))</tbody>
    </table>

    """
  }

  private static func row(_ item: PlaylistItem) -> HTML {
    switch item.content {
    case .track(let track):
      row(
        item, image: track.album?.imageURL, name: track.name,
        by: track.artists.map(\.name).joined(separator: ", "), in: track.album?.name,
        mark: track.isLocal ? "local file" : nil, length: track.durationMilliseconds)
    case .episode(let episode):
      row(
        item, image: episode.imageURL, name: episode.name, by: episode.showName ?? "", in: nil,
        mark: "episode", length: episode.durationMilliseconds)
    case .unavailable:
      """
      <tr class="absent"><td>\(item.position + 1)</td>
      <td>Unavailable: Spotify shows nothing in this place</td>
      <td class="wide"></td><td class="wide">\(added(item))</td><td></td></tr>

      """
    }
  }

  private static func row(
    _ item: PlaylistItem, image: String?, name: String, by: String, in album: String?, mark: String?,
    length: Int?
  ) -> HTML {
    let marks = [mark, item.isPlayable == false ? "can’t be played" : nil].compactMap { $0 }.map(badge)
    return """
      <tr><td>\(item.position + 1)</td>
      <td><span class="titled">\(Cover.html(image, size: 48))
      <span><strong>\(name.isEmpty ? "Untitled" : name)</strong>\(marks)
      <span class="quiet">\(by)</span></span></span></td>
      <td class="wide">\(album ?? "")</td><td class="wide">\(added(item))</td>
      <td>\(length.map(time) ?? "")</td></tr>

      """
  }

  private static func badge(_ words: String) -> HTML { #" <span class="badge">\#(words)</span>"# }

  private static func added(_ item: PlaylistItem) -> HTML {
    guard let date = item.addedAt.map({ Timestamp.text($0) }) else { return "" }
    return #"<time datetime="\#(date)">\#(String(date.prefix(10)))</time>"#
  }

  /// Minutes and seconds.
  private static func time(_ milliseconds: Int) -> HTML {
    let (minutes, seconds) = (milliseconds / 60_000, milliseconds / 1_000 % 60)
    return "\(plain: minutes):\(seconds < 10 ? "0" : "")\(plain: seconds)"
  }
}
