import Accounts
import Coordination
import Domain
import FoundationEssentials
import Secrets

extension FuzzTarget {
  /// States, sessions and browser tokens: 43 characters of Base64url that have one form alone.
  static let randomTokens = FuzzTarget(
    "random-tokens",
    seeds: [
      String(repeating: "A", count: 43), String(repeating: "A", count: 42) + "B",
      String(repeating: "_-", count: 22),
      "AA==", "é", "A\u{0}",
    ],
    words: ["=", "-", "_", "+", "/", "\u{0}", " "]
  ) { input in
    let text = input.text
    let decoded = Base64URL.decode(text)
    if let decoded { try hold(Base64URL.encode(decoded) == text, "a token has one form: \(text)") }
    try hold(Base64URL.decode(Base64URL.encode(input.rest)) == input.rest, "bytes come back")
    if SessionToken.isWellFormed(text) {
      try hold(
        decoded?.count == 32 && text.utf8.allSatisfy(isTokenByte), "a session's token is 32 bytes: \(text)")
    }
    if let secret = Base64.decode(text) {
      try hold(Base64.encode(secret) == text, "Base64 has one form: \(text)")
    }
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
      || "-_".utf8.contains(byte)
  }

  /// Ids of runs: in a path, and in messages of Redis.
  static let runIDs = FuzzTarget(
    "run-ids",
    seeds: [
      "2c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d", "2C5EA4C0-4067-11E9-8BAD-9B1DEB4D3B7D",
      "2c5ea4c0-4067-11e9-8bad-8bad-9b1de7d", "{2c5ea4c0}", "",
    ],
    words: ["-", "{", "}", "0x", "urn:uuid:"]
  ) { input in
    let text = input.text
    let run = RunID(text)
    if let run { try hold(run.description == text.lowercased(), "an id has one form: \(text)") }
    try hold(RunSignal.run(of: input.rest) == run, "a message names the run that a path names: \(text)")
  }

  /// A sign-in as it lies in Redis.
  static let signIns = FuzzTarget(
    "sign-ins",
    seeds: [
      #"{"verifier":"v","browserHash":"h","next":"/x","user":7}"#, #"{"verifier":"v","browserHash":"h"}"#,
      #"{"verifier":"","browserHash":"","next":null,"user":-9223372036854775808}"#,
    ],
    words: [
      "\"verifier\":", "\"browserHash\":", "\"next\":", "\"user\":", "null", "9223372036854775808", "1e3",
      "0.5",
    ]
  ) { input in
    guard let signIn = try? JSONDecoder().decode(SignIn.self, from: Data(input.rest)) else { return }
    let again = try JSONDecoder().decode(SignIn.self, from: JSONEncoder().encode(signIn))
    try hold(again == signIn, "a sign-in comes back: \(signIn)")
  }
}
