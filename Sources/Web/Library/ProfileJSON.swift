import Domain
import FoundationEssentials
import Storage

extension JSONWriter {
  /// Who somebody is, how the connection stands and how much is here.
  mutating func profile(_ profile: Users.Profile, at now: Date) {
    let grant = profile.grant
    object { writer in
      writer.field("id", profile.user.description)
      writer.field("spotify_user_id", profile.spotifyID.rawValue)
      writer.field("display_name", profile.displayName)
      writer.field("image_url", profile.imageURL)
      writer.object("connection") { writer in
        writer.field("status", grant?.connectionStatus(at: now) ?? Grant.Status.disconnected.rawValue)
        writer.field("scopes", grant?.scopes ?? [])
        writer.field("authorized_at", grant?.authorizedAt)
        writer.field("expires_at", grant?.endsAt)
        writer.field("access_token_expires_at", grant?.accessTokenExpiresAt)
        writer.warning(grant?.warning(at: now))
      }
      writer.object("counts") { writer in
        writer.field("tracks", profile.trackCount)
        writer.field("artists", profile.artistCount)
        writer.field("playlists", profile.playlistCount)
      }
    }
  }

  private mutating func warning(_ warning: ConnectionWarning?) {
    guard let warning else { return field("warning", String?.none) }
    object("warning") { writer in
      writer.field("code", warning.code.rawValue)
      writer.field("days_left", warning.daysLeft)
      writer.field("detail", warning.detail)
    }
  }
}
