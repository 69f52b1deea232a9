/// What Spotify says of a failure, made fit for a log, a row and the person whom it concerns.
enum SpotifyWords {
  /// Longer than any word of Spotify's own; tokens, codes, verifiers and secrets have more.
  private static let longestWord = 20
  private static let mostBytes = 1_000

  /// Without long words: whoever fails may repeat what he was asked with, a token or this app's secret.
  static func harmless(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).map { $0.count > longestWord ? "…" : $0 }.joined(
      separator: " ")
  }

  /// The beginning of an answer that isn't what it should be, up to the end of a word: a cut one may be short enough.
  static func text(_ body: [UInt8]) -> String {
    let text = String(decoding: body.prefix(mostBytes), as: UTF8.self)
    guard body.count > mostBytes, let end = text.lastIndex(where: \.isWhitespace) else { return text }
    return String(text[..<end])
  }
}
