/// A token that scripts and other services call with: a session's with a prefix, and kept like one.
package enum APIToken {
  /// What tells our tokens from others, also for programs that look for secrets in what people publish.
  package static let prefix = "ck_"

  package static func make() -> String { prefix + SessionToken.make() }

  /// What a token is looked up by.
  package static func hash(_ token: String) -> [UInt8] { SessionToken.hash(token) }

  package static func isWellFormed(_ token: String) -> Bool {
    token.hasPrefix(prefix) && SessionToken.isWellFormed(String(token.dropFirst(prefix.count)))
  }
}
