/// What Spotify says of a failure, made fit for a log, a row and the person whom it concerns.
///
/// Everything is counted in scalars and bytes: one character may have any number of them.
enum SpotifyWords {
  /// In scalars. Longer than any word of Spotify's own; tokens, codes, verifiers and secrets have more.
  static let longestWord = 20
  private static let mostBytes = 1_000

  /// The beginning without long words: whoever fails may repeat what he was asked with, a token or this app's secret.
  static func harmless(_ text: String) -> String {
    beginning(of: text.utf8).unicodeScalars.split(whereSeparator: \.properties.isWhitespace)
      .map { $0.count > longestWord ? "…" : String($0) }.joined(separator: " ")
  }

  /// Up to the end of a word: a cut one may be short enough.
  static func beginning(of text: some Collection<UInt8>) -> String {
    let beginning = String(decoding: text.prefix(mostBytes), as: UTF8.self)
    guard text.count > mostBytes,
      let end = beginning.unicodeScalars.lastIndex(where: \.properties.isWhitespace)
    else { return beginning }
    return String(beginning.unicodeScalars[..<end])
  }
}
