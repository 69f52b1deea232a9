/// What is wrong with `TOKEN_KEYS`. It speaks of positions only: a misplaced key must not reach a log.
package struct KeyRingError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// No key at all.
    case empty
    /// No colon between id and key.
    case noID
    /// The id isn't 1 to 32 letters, digits, `_` or `-`.
    case badID
    case badBase64
    /// The key isn't 32 bytes long.
    case wrongLength
    /// An earlier entry has the same id.
    case repeatedID
    /// An earlier entry has the same key under another id.
    case repeatedKey
  }

  package let code: Code
  /// Counted from 1.
  package let entry: Int

  package var description: String {
    switch code {
    case .empty: "there is no key; make one with `cratekeeper keys generate`"
    case .noID: "entry \(entry) isn't `id:key`"
    case .badID: "entry \(entry): the id isn't 1 to 32 letters, digits, `_` or `-`"
    case .badBase64: "entry \(entry): the key isn't Base64 with its padding"
    case .wrongLength: "entry \(entry): the key isn't 32 bytes long"
    case .repeatedID: "entry \(entry) has the id of an earlier one"
    case .repeatedKey: "entry \(entry) has the key of an earlier one"
    }
  }
}
