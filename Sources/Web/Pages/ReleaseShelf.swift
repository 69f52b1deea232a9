import Domain

/// The newest releases with their covers.
enum ReleaseShelf {
  static func html(_ releases: [Album]) -> HTML {
    guard !releases.isEmpty else { return "" }
    return """
      <section aria-labelledby="releases">
      <h2 id="releases">New releases</h2>
      <ul class="shelf">
      \(releases.map(item))</ul>
      <p class="quiet"><a href="/api/artists/">All of them as JSON</a></p>
      </section>

      """
  }

  private static func item(_ album: Album) -> HTML {
    """
    <li><a href="\(SpotifyURL.album(album.id))" rel="noreferrer">\(Cover.html(album.imageURL, size: 160))
    <strong>\(album.name)</strong>
    <span>\(album.artists.map(\.name).joined(separator: ", "))</span>
    <small>\(album.releaseDate ?? "")</small></a></li>

    """
  }
}

/// An album's picture, or an empty sleeve.
enum Cover {
  /// - Parameter size: of the square, in CSS pixels.
  static func html(_ url: String?, size: Int) -> HTML {
    guard let link = WebLink(url) else { return #"<span class="sleeve" aria-hidden="true"></span>"# }
    return """
      <img class="cover" src="\(link.url)" alt="" width="\(plain: size)" height="\(plain: size)" loading="lazy" decoding="async">
      """
  }
}
