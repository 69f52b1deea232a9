import Domain

/// Whom somebody follows, by name.
enum FollowedArtistsPage {
  static func html(_ artists: ArraySlice<FollowedArtist>, _ pager: Pager) -> HTML {
    """
    \(TopBar.html(at: .artists))<main>
    <h1>Artists you follow</h1>
    \(artists.isEmpty ? empty : list(artists))\(pager.html)\
    <p class="quiet"><a href="/api/me/artists/">All of them as JSON</a></p>
    </main>

    """
  }

  private static let empty: HTML = """
    <p>There are none here. They come with the next sync, if you follow any on Spotify.</p>

    """

  private static func list(_ artists: ArraySlice<FollowedArtist>) -> HTML {
    """
    <ul class="shelf round">
    \(artists.map(item))</ul>

    """
  }

  /// The first of them, for the page at `/`.
  static func shelf(_ artists: [FollowedArtist]) -> HTML {
    guard !artists.isEmpty else { return "" }
    return """
      <section aria-labelledby="artists">
      <h2 id="artists">Artists you follow</h2>
      \(list(artists[...]))<p class="quiet"><a href="/artists/">All artists</a></p>
      </section>

      """
  }

  private static func item(_ followed: FollowedArtist) -> HTML {
    let artist = followed.artist
    return """
      <li><a href="\(SpotifyURL.artist(artist.id.rawValue))" rel="noreferrer">\
      \(Cover.html(artist.imageURL, size: 160))
      <strong>\(artist.name)</strong>
      <span>\((artist.genres ?? []).prefix(2).joined(separator: ", "))</span></a></li>

      """
  }
}
