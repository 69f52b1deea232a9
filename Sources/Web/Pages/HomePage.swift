import Domain
import Storage

/// The page of somebody who is signed in.
enum HomePage {
  static func html(_ content: HomeEndpoint.Content) -> HTML {
    let profile = content.profile
    return """
      \(TopBar.html(at: .home))<main>
      <section class="who">
      \(picture(profile))
      <div>
      <h1>\(name(profile))</h1>
      <p>\(connection(content))</p>
      </div>
      <dl class="counts">
      <div><dt>saved tracks</dt><dd>\(profile.trackCount)</dd></div>
      <div><dt>playlists</dt><dd>\(profile.playlistCount)</dd></div>
      <div><dt>artists</dt><dd>\(profile.artistCount)</dd></div>
      </dl>
      </section>
      \(notice(content))\
      \(SyncCard.html(content))\(tracks(content.tracks))\(PlaylistsPage.shelf(content.playlists))\
      \(FollowedArtistsPage.shelf(content.artists))\(ReleaseShelf.html(content.releases))\
      \(ErasingForms.html(content))</main>

      """
  }

  private static func name(_ profile: Users.Profile) -> String {
    if let name = profile.displayName, !name.isEmpty { return name }
    return profile.spotifyID.rawValue
  }

  private static func picture(_ profile: Users.Profile) -> HTML {
    guard let link = WebLink(profile.imageURL) else {
      return #"<span class="face" aria-hidden="true">\#(String(name(profile).prefix(1)).uppercased())</span>"#
    }
    return """
      <img class="face" src="\(link.url)" alt="" width="72" height="72">
      """
  }

  private static func notice(_ content: HomeEndpoint.Content) -> HTML {
    ConnectionNotice.html(
      status: content.connectionStatus, warning: content.warning,
      isOfAnotherApp: content.profile.grant?.isOfAnotherApp == true)
  }

  private static func connection(_ content: HomeEndpoint.Content) -> HTML {
    let until = content.profile.grant.map { String(Timestamp.text($0.endsAt).prefix(10)) } ?? ""
    switch content.connectionStatus {
    case "healthy": return #"<span class="badge good">Connected</span> until \#(until)"#
    case "expiring": return #"<span class="badge warn">Ends on \#(until)</span>"#
    case "suspect": return #"<span class="badge warn">Not renewed at the moment</span>"#
    case "dead": return #"<span class="badge bad">Ended</span>"#
    default:
      return """
        <span class="badge">Not connected</span>
        <a class="button" href="/spotify/auth/">Connect with Spotify</a>
        """
    }
  }

  private static func tracks(_ tracks: [SavedTrack]) -> HTML {
    guard !tracks.isEmpty else { return "" }
    return """
      <section aria-labelledby="tracks">
      <h2 id="tracks">Saved last</h2>
      <ol class="tracks">
      \(tracks.map(track))</ol>
      <p class="quiet"><a href="/api/me/tracks/">All of them as JSON</a></p>
      </section>

      """
  }

  private static func track(_ saved: SavedTrack) -> HTML {
    let day = String(Timestamp.text(saved.addedAt).prefix(10))
    return """
      <li>\(Cover.html(saved.track.album?.imageURL, size: 48))
      <span><strong>\(saved.track.name)</strong>
      <span>\(saved.track.artists.map(\.name).joined(separator: ", "))</span></span>
      <time datetime="\(Timestamp.text(saved.addedAt))">\(day)</time></li>

      """
  }
}
