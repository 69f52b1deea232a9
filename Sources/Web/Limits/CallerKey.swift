/// Who is limited, or a crowd that is limited together: small enough to be looked up at every request, and nobody can
/// tell from it who it is.
struct CallerKey: Hashable, Sendable {
  private enum Kind: UInt8 { case address, session, token, network, everybody }

  private let kind: Kind
  private let high: UInt64
  private let low: UInt64

  private init(_ kind: Kind, _ high: UInt64, _ low: UInt64) {
    self.kind = kind
    self.high = high
    self.low = low
  }

  /// - Parameter tokenHash: the SHA-256 of the session's token; half of it tells sessions apart.
  static func session(_ tokenHash: [UInt8]) -> CallerKey { CallerKey(.session, tokenHash) }

  /// - Parameter hash: an API token's SHA-256.
  static func token(_ hash: [UInt8]) -> CallerKey { CallerKey(.token, hash) }

  private init(_ kind: Kind, _ hash: [UInt8]) {
    self.init(kind, CallerKey.number(hash.prefix(8)), CallerKey.number(hash.dropFirst(8).prefix(8)))
  }

  /// An IPv4 address, or the 64 bits of an IPv6 address that name a network: whoever has one has all of it.
  ///
  /// - Parameter text: numeric.
  static func address(_ text: String) -> CallerKey {
    let bytes = NumericAddress.bytes(text) ?? []
    if bytes.count == 16 { return CallerKey(.address, number(bytes.prefix(8)), 1) }
    return CallerKey(.address, number(bytes[...]), 0)
  }

  /// The /48 of an IPv6 address, which is what a provider gives to one customer: 65,536 times what ``address(_:)``
  /// makes one of. Nil for IPv4, which nobody has that much of.
  ///
  /// - Parameter text: numeric.
  static func network(_ text: String) -> CallerKey? {
    guard let bytes = NumericAddress.bytes(text), bytes.count == 16 else { return nil }
    return CallerKey(.network, number(bytes.prefix(6)), 0)
  }

  static let everybody = CallerKey(.everybody, 0, 0)

  /// How many times more of something than an address it may do.
  var share: Int {
    switch kind {
    case .address, .session, .token: 1
    case .network: 16
    case .everybody: 100
    }
  }

  var isNetwork: Bool { kind == .network }

  /// The same in every process.
  var bytes: [UInt8] {
    var bytes = [kind.rawValue]
    for number in [high, low] { withUnsafeBytes(of: number.bigEndian) { bytes += $0 } }
    return bytes
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
