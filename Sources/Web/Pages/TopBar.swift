/// What stands above every page of somebody who is signed in.
enum TopBar {
  enum Place: CaseIterable {
    case home, playlists, artists, account

    fileprivate var path: String {
      switch self {
      case .home: "/"
      case .playlists: "/playlists/"
      case .artists: "/artists/"
      case .account: "/account/"
      }
    }

    fileprivate var words: String {
      switch self {
      case .home: "Home"
      case .playlists: "Playlists"
      case .artists: "Artists"
      case .account: "Account"
      }
    }
  }

  /// - Parameter place: what is shown; nil for something below one of them.
  static func html(at place: Place?) -> HTML {
    """
    <header class="bar">
    <p class="brand"><a href="/">Cratekeeper</a></p>
    <nav class="places" aria-label="Main">
    \(Place.allCases.map { link($0, isHere: $0 == place) })</nav>
    <form method="post" action="/auth/logout/"><button class="plain">Sign out</button></form>
    </header>

    """
  }

  private static func link(_ place: Place, isHere: Bool) -> HTML {
    let mark: HTML = isHere ? #" aria-current="page""# : ""
    return """
      <a href="\(place.path)"\(mark)>\(place.words)</a>

      """
  }
}
