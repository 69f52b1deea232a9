// Playlists, what is in them, and podcasts.
extension CatalogueJSON {
  /// What a playlist says about itself, without its contents.
  struct PlaylistFrame {
    let playlist: Playlist
    let user: SimulatorConfiguration.User
    /// Development Mode hides contents and their number from who neither owns nor shares them.
    let showsContents: Bool
  }

  /// - Parameter contents: writes what stands at `items` and, in Extended, at `tracks`.
  func playlist(
    _ frame: PlaylistFrame, _ json: inout JSONWriter, withFollowers: Bool = false,
    contents: (inout JSONWriter, _ name: String) -> Void
  ) {
    let playlist = frame.playlist
    json.object { json in
      json.field("collaborative", playlist.isCollaborative)
      json.field("description", playlist.description)
      if withFollowers {
        json.key("followers")
        json.object {
          $0.nullField("href")
          $0.field("total", playlist.count * 3)
        }
      }
      json.key("images")
      if playlist.count == 0 {
        json.null()
      } else {
        json.array([640]) { json, size in
          json.object {
            $0.nullField("height")
            $0.field("url", "\(imageOrigin)/image/\(size)-\(playlist.id)")
            $0.nullField("width")
          }
        }
      }
      json.key("owner")
      owner(playlist.owner, frame.user, &json)
      json.nullField("primary_color")
      json.field("public", playlist.isPublic)
      json.field("snapshot_id", playlist.snapshot)
      if frame.showsContents {
        json.key("items")
        contents(&json, "items")
        if mode == .extended {
          json.key("tracks")
          contents(&json, "tracks")
        }
      }
      identity("playlist", playlist.id, name: playlist.name, &json)
    }
  }

  /// One row of a playlist: `item` in Development Mode, `item` and `track` in Extended.
  func playlistItem(
    _ item: PlaylistItem, _ frame: PlaylistFrame, withEpisodes: Bool, _ json: inout JSONWriter
  ) {
    var content = JSONWriter(capacity: 4_096)
    var isLocal = false
    switch item.content {
    case .track(let number): track(number, padding: 0, &content)
    case .local(let number):
      localFile(LocalFile(number), &content)
      isLocal = true
    case .episode(let number) where withEpisodes: episode(number, &content)
    case .episode, .null: content.null()
    }
    json.object { json in
      json.field("added_at", item.addedAt.map(Timestamp.text))
      json.key("added_by")
      switch item.adder {
      case .unknown: json.null()
      case .nobody: user("", &json) { _ in }
      case .owner:
        user(CatalogueJSON.id(of: frame.playlist.owner, frame.user) ?? "", &json) { _ in }
      }
      json.field("is_local", isLocal)
      json.nullField("primary_color")
      json.key("item")
      json.raw(content.bytes)
      if mode == .extended {
        json.key("track")
        json.raw(content.bytes)
      }
      json.key("video_thumbnail")
      json.object { $0.nullField("url") }
    }
  }

  func episode(_ number: Int, _ json: inout JSONWriter) {
    let episode = catalogue.episode(number)
    let (id, show) = (catalogue.episodeIDs.text(number), catalogue.showIDs.text(episode.show))
    json.object { json in
      json.nullField("audio_preview_url")
      json.field("description", episode.name)
      json.field("duration_ms", episode.durationMilliseconds)
      json.field("episode", true)
      json.field("explicit", false)
      images(id, &json)
      json.field("is_externally_hosted", false)
      json.field("is_playable", true)
      json.key("languages")
      json.array(["en"]) { $0.value($1) }
      json.field("release_date", episode.releaseDate)
      json.field("release_date_precision", "day")
      json.key("show")
      json.object { json in
        json.field("description", episode.showName)
        json.field("explicit", false)
        images(show, &json)
        json.field("media_type", "audio")
        json.field("publisher", "Kiosk Wave Radio")
        identity("show", show, name: episode.showName, &json)
      }
      json.field("track", false)
      identity("episode", id, name: episode.name, &json)
    }
  }

  // MARK: People

  static func id(of owner: Playlist.Owner, _ user: SimulatorConfiguration.User) -> String? {
    switch owner {
    case .me: user.id
    case .person(let number): "friend.\(number)$x"
    case .spotify: "spotify"
    case .lost: nil
    }
  }

  private func owner(
    _ owner: Playlist.Owner, _ me: SimulatorConfiguration.User, _ json: inout JSONWriter
  ) {
    guard let id = CatalogueJSON.id(of: owner, me) else {
      return json.object { json in
        json.nullField("display_name")
        json.key("external_urls")
        json.object { $0.nullField("spotify") }
        json.nullField("href")
        json.nullField("id")
        json.field("type", "user")
        json.nullField("uri")
      }
    }
    user(id, &json) { json in
      switch owner {
      case .me: json.field("display_name", me.name)
      case .spotify: json.field("display_name", "Spotify")
      case .person(let number):
        var random = SplitMix64.stream(catalogue.seed, 14, UInt64(number))
        json.field("display_name", number % 3 == 0 ? nil : Names.artist(&random))
      case .lost: break
      }
    }
  }

  private func user(_ id: String, _ json: inout JSONWriter, _ more: (inout JSONWriter) -> Void) {
    let path = FormEncoding.encode(id)
    json.object { json in
      more(&json)
      json.key("external_urls")
      json.object { $0.field("spotify", "https://open.spotify.com/user/\(path)") }
      json.field("href", "\(origin)/v1/users/\(path)")
      json.field("id", id)
      json.field("type", "user")
      json.field("uri", "spotify:user:\(path)")
    }
  }
}
