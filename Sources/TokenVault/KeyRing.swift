import Secrets

/// The keys of the house: the first seals, all open. Made once, from `TOKEN_KEYS=id:base64[,id:base64…]`.
package struct KeyRing: Sendable {
  struct Key: Sendable {
    let id: String
    let bytes: GuardedBytes
  }

  /// Never empty, no id and no key twice.
  private let keys: [Key]

  package init(parsing text: String) throws(KeyRingError) {
    guard !text.isEmpty else { throw KeyRingError(code: .empty, entry: 1) }
    var keys: [Key] = []
    for (index, entry) in text.split(separator: ",", omittingEmptySubsequences: false).enumerated() {
      do throws(Refusal) {
        keys.append(try KeyRing.parse(entry, after: keys))
      } catch { throw KeyRingError(code: error.code, entry: index + 1) }
    }
    self.keys = keys
  }

  /// The ids, the sealing one first.
  package var ids: [String] { keys.map(\.id) }

  /// Whether the system keeps every key in memory. Otherwise it may write them to swap.
  package var isLocked: Bool { keys.allSatisfy(\.bytes.isLocked) }

  /// A new `id:base64` entry for `TOKEN_KEYS`. It is as secret as what it will seal.
  package static func generate() -> String {
    let id = "k" + RandomBytes.make(4).map { hexadecimal($0) }.joined()
    return "\(id):\(Base64.encode(RandomBytes.makeSecret(DerivedKey.count)))"
  }

  var sealing: Key { keys[0] }

  /// The one whose id comes first, wherever it stands: the same at every step of a key change but one.
  var constant: Key { keys.min { $0.id < $1.id } ?? sealing }

  func key(_ id: String) -> Key? { keys.first { $0.id == id } }

  static let longestID = 32

  static func isValidID(_ id: some Collection<UInt8>) -> Bool {
    (1...longestID).contains(id.count)
      && id.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }

  private struct Refusal: Error {
    let code: KeyRingError.Code
  }

  private static func parse(_ entry: Substring, after earlier: [Key]) throws(Refusal) -> Key {
    guard let colon = entry.firstIndex(of: ":") else { throw Refusal(code: entry.isEmpty ? .empty : .noID) }
    let id = String(entry[..<colon])
    guard isValidID(id.utf8) else { throw Refusal(code: .badID) }
    guard !earlier.contains(where: { $0.id == id }) else { throw Refusal(code: .repeatedID) }
    guard let secret = Base64.decode(String(entry[entry.index(after: colon)...])) else {
      throw Refusal(code: .badBase64)
    }
    guard secret.count == DerivedKey.count else { throw Refusal(code: .wrongLength) }
    let bytes = GuardedBytes(copying: secret)
    // Otherwise the id in a sealed token could be changed to the other one unnoticed.
    guard !earlier.contains(where: { ConstantTime.areEqual($0.bytes, bytes) }) else {
      throw Refusal(code: .repeatedKey)
    }
    return Key(id: id, bytes: bytes)
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
}
