import Secrets

/// Unguessable texts for URLs, cookies and headers: OAuth states, sessions, API tokens.
package enum RandomToken {
  /// - Parameter bytes: of randomness; 32 give 43 characters of `A–Z a–z 0–9 - _`.
  package static func make(bytes: Int = 32) -> String {
    precondition(bytes >= 16, "a token of less than 128 bits can be guessed")
    return Base64URL.encode(RandomBytes.make(bytes))
  }

  /// Whether a text from outside can be a token of 256 bits; anything else isn't worth a look-up.
  package static func isWellFormed(_ text: String) -> Bool {
    text.utf8.count == 43 && Base64URL.decode(text) != nil
  }
}
