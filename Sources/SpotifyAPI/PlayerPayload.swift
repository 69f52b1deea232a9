import Domain

/// `GET /me/player`'s answer. Progress, context, device and volume may be null, as may the item
/// (Spotify's OpenAPI text; spotify/web-api issue 748).
struct PlayerPayload: Decodable {
  struct Device: Decodable {
    let name: String?
    let type: String?
    let volumePercent: LenientInt?

    private enum CodingKeys: String, CodingKey {
      case name, type
      case volumePercent = "volume_percent"
    }
  }

  struct Context: Decodable {
    let uri: String?
  }

  let isPlaying: Bool
  let type: String?
  let item: Lenient<PlayedPayload>?
  let progressMilliseconds: LenientInt?
  let device: Lenient<Device>?
  let context: Lenient<Context>?
  let shuffle: Bool?
  let repeatMode: String?

  private enum CodingKeys: String, CodingKey {
    case item, device, context
    case isPlaying = "is_playing"
    case type = "currently_playing_type"
    case progressMilliseconds = "progress_ms"
    case shuffle = "shuffle_state"
    case repeatMode = "repeat_state"
  }

  var state: PlayerState {
    PlayerState(
      isPlaying: isPlaying, type: type ?? "unknown", item: item?.content?.item,
      progressMilliseconds: progressMilliseconds?.value,
      device: (device?.content).map {
        PlayerState.Device(
          name: $0.name ?? "", type: $0.type ?? "unknown", volumePercent: $0.volumePercent?.value)
      },
      contextURI: context?.content?.uri, shuffle: shuffle, repeatMode: repeatMode)
  }
}

/// A track, or an episode, which has a show in place of album and artists.
struct PlayedPayload: Decodable {
  struct Episode: Decodable {
    struct Show: Decodable {
      let id: String?
      let name: String?
    }

    let id: String?
    let uri: String?
    let name: String?
    let show: Lenient<Show>?
    let durationMilliseconds: LenientInt?
    let images: [Lenient<ImagePayload>]?

    private enum CodingKeys: String, CodingKey {
      case id, uri, name, show, images
      case durationMilliseconds = "duration_ms"
    }
  }

  let item: PlayerState.Item?

  private enum CodingKeys: String, CodingKey {
    case type
  }

  init(from decoder: any Decoder) throws {
    let type = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(String.self, forKey: .type)
    if type == "episode" {
      item = PlayedPayload.episode(try Episode(from: decoder)).map(PlayerState.Item.episode)
    } else {
      item = try TrackPayload(from: decoder).track.map(PlayerState.Item.track)
    }
  }

  private static func episode(_ payload: Episode) -> PlayerState.Episode? {
    guard let uri = payload.uri, let name = payload.name else { return nil }
    let show = (payload.show?.content).map { PlayerState.Show(id: $0.id, name: $0.name ?? "") }
    return PlayerState.Episode(
      id: payload.id, uri: uri, name: name, show: show,
      durationMilliseconds: payload.durationMilliseconds?.value ?? 0, imageURL: payload.images?.preferred)
  }
}
