/// Looks for secrets in what somebody else may read: as they are, and in every form that they take by accident.
///
/// A long secret counts as found when its beginning or its end is: a line that was cut gives it away as well.
package struct SecretSearch: Sendable {
  package struct Secret: Sendable {
    /// What it is; the secret itself is never shown.
    package let name: String
    let bytes: [UInt8]

    package init(_ name: String, _ bytes: [UInt8]) {
      precondition(bytes.count >= SecretSearch.shortest, "\(name) is too short to be told from chance")
      self.name = name
      self.bytes = bytes
    }

    package init(_ name: String, _ text: String) { self.init(name, Array(text.utf8)) }
  }

  package struct Finding: Hashable, Sendable, CustomStringConvertible {
    package let secret: String
    package let form: String
    package let place: String

    package var description: String { "\(secret) is in \(place): \(form)" }
  }

  private struct Needle {
    let secret: String
    let form: String
    let bytes: [UInt8]
  }

  fileprivate static let shortest = 10
  private static let pieceLength = 20

  /// By their first eight bytes.
  private var needles: [UInt64: [Needle]] = [:]
  /// Which of 65,536 kinds of eight bytes any of them begins with: most places are passed over with one look.
  private var isBeginning = [Bool](repeating: false, count: 1 << 16)

  package init(_ secrets: [Secret]) {
    for secret in secrets {
      for piece in SecretSearch.pieces(of: secret.bytes) {
        var known: Set<[UInt8]> = []
        for (form, bytes) in SecretForms.all(of: piece) where known.insert(bytes).inserted {
          let beginning = bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
          needles[beginning, default: []].append(Needle(secret: secret.name, form: form, bytes: bytes))
          isBeginning[SecretSearch.kind(of: beginning)] = true
        }
      }
    }
  }

  /// Every secret that stands in `bytes`, in whatever form.
  ///
  /// - Parameter place: what is searched, for who reads the finding.
  package func findings(in bytes: [UInt8], _ place: String) -> Set<Finding> {
    var found: Set<Finding> = []
    bytes.withUnsafeBytes { haystack in
      for start in 0..<max(0, haystack.count - 7) {
        let beginning = haystack.loadUnaligned(fromByteOffset: start, as: UInt64.self)
        guard isBeginning[SecretSearch.kind(of: beginning)], let candidates = needles[beginning] else {
          continue
        }
        let rest = haystack[start...]
        for needle in candidates where rest.starts(with: needle.bytes) {
          found.insert(Finding(secret: needle.secret, form: needle.form, place: place))
        }
      }
    }
    return found
  }

  package func findings(in text: String, _ place: String) -> Set<Finding> {
    findings(in: Array(text.utf8), place)
  }

  /// The same in a dump of a database: as it is, and in what its hexadecimal columns hold.
  package func findings(inDump dump: String, _ place: String) -> Set<Finding> {
    var found = findings(in: dump, place)
    for column in dump.utf8.split(whereSeparator: { !SecretSearch.isHexDigit($0) }) where column.count >= 16 {
      found.formUnion(findings(in: SecretSearch.decode(column), place))
    }
    return found
  }

  private static func pieces(of bytes: [UInt8]) -> [[UInt8]] {
    guard bytes.count >= 2 * pieceLength else { return [bytes] }
    return [Array(bytes.prefix(pieceLength)), Array(bytes.suffix(pieceLength))]
  }

  private static func kind(of beginning: UInt64) -> Int {
    Int(truncatingIfNeeded: (beginning &* 0x9e37_79b9_7f4a_7c15) >> 48)
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }

  private static func decode(_ hex: Substring.UTF8View) -> [UInt8] {
    var bytes: [UInt8] = []
    var high: UInt8?
    for digit in hex {
      let value = digit - (digit < 0x40 ? 0x30 : 0x57)
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return bytes
  }
}
