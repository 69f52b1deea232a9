/// Why a sealed token doesn't open. Never holds anything of the token.
package struct VaultError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// Too short, or its lengths don't fit: cut, or never a sealed token.
    case malformed
    /// Sealed by another version of this program.
    case unknownFormat
    /// Sealed with a key that isn't on the ring.
    case unknownKey
    /// Changed, or sealed for another user or purpose, or with another key of the same id.
    case notAuthentic
    /// The three below: the box opens, but its label says that it belongs elsewhere.
    case otherPurpose
    case otherUser
    /// It was sealed for another version of the grant: an older row was put back.
    case otherVersion
  }

  package let code: Code

  package var description: String { "a sealed token doesn't open: \(code.rawValue)" }
}
