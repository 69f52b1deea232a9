/// A file of the person's own that Spotify shows without knowing it.
struct LocalFile {
  let artist: String
  let album: String
  let name: String
  let seconds: Int

  init(_ number: Int) {
    var random = SplitMix64.stream(0, 6, UInt64(number))
    artist = Names.artist(&random)
    album = Names.title(&random)
    name = Names.title(&random)
    seconds = 60 + random.below(400)
  }

  /// `spotify:local:artist:album:title:seconds`, each part encoded as in a form, spaces as `+`.
  var uri: String {
    let parts = [artist, album, name].map { FormEncoding.encode($0).replacing("%20", with: "+") }
    return "spotify:local:\(parts.joined(separator: ":")):\(seconds)"
  }
}
