// What `/me/player` says beside the track.
extension CatalogueJSON {
  func device(_ id: String, _ json: inout JSONWriter) {
    json.object { json in
      json.field("id", id)
      json.field("is_active", true)
      json.field("is_private_session", false)
      json.field("is_restricted", false)
      json.field("name", "Kitchen radio")
      json.field("supports_volume", false)
      json.field("type", "Speaker")
      json.nullField("volume_percent")
    }
  }

  /// The album or playlist that is played, or `null`.
  func context(_ uri: String?, _ json: inout JSONWriter) {
    guard let uri, case let parts = uri.split(separator: ":").map(String.init), parts.count == 3 else {
      return json.null()
    }
    json.object { json in
      json.key("external_urls")
      json.object { $0.field("spotify", "https://open.spotify.com/\(parts[1])/\(parts[2])") }
      json.field("href", "\(origin)/v1/\(parts[1])s/\(parts[2])")
      json.field("type", parts[1])
      json.field("uri", uri)
    }
  }
}
