import Domain

extension JSONWriter {
  /// What a player does; `{"playing":null}` when it does nothing.
  mutating func player(_ state: PlayerState?) {
    object { writer in
      writer.key("playing")
      guard let state else { return writer.null() }
      writer.object { writer in
        writer.field("is_playing", state.isPlaying)
        writer.field("type", state.type)
        writer.field("progress_ms", state.progressMilliseconds)
        writer.key("item")
        writer.played(state.item)
        writer.key("device")
        writer.device(state.device)
        writer.field("context_uri", state.contextURI)
        writer.field("shuffle", state.shuffle)
        writer.field("repeat", state.repeatMode)
      }
    }
  }

  private mutating func played(_ item: PlayerState.Item?) {
    switch item {
    case nil: null()
    case .track(let track): self.track(track)
    case .episode(let episode): object { $0.episodeFields(episode) }
    }
  }

  private mutating func episodeFields(_ episode: PlayerState.Episode) {
    field("spotify_id", episode.id)
    field("uri", episode.uri)
    field("name", episode.name)
    key("show")
    if let show = episode.show {
      object { writer in
        writer.field("spotify_id", show.id)
        writer.field("name", show.name)
      }
    } else {
      null()
    }
    field("duration_ms", episode.durationMilliseconds)
    field("image_url", episode.imageURL)
  }

  private mutating func device(_ device: PlayerState.Device?) {
    guard let device else { return null() }
    object { writer in
      writer.field("name", device.name)
      writer.field("type", device.type)
      writer.field("volume_percent", device.volumePercent)
    }
  }
}
