/// Whose `X-Forwarded-For` is believed.
package struct TrustedProxies: Sendable {
  /// An address block: the first `bits` of `address`.
  private struct Block: Sendable {
    let address: [UInt8]
    let bits: Int

    func contains(_ other: [UInt8]) -> Bool {
      guard other.count == address.count else { return false }
      let whole = bits / 8
      guard other[..<whole] == address[..<whole] else { return false }
      let rest = bits % 8
      return rest == 0 || (other[whole] ^ address[whole]) >> UInt8(8 - rest) == 0
    }
  }

  private let blocks: [Block]

  /// - Parameter texts: addresses (`::1`) and blocks (`10.0.0.0/8`); anything else is left out.
  init(_ texts: [String]) { blocks = texts.compactMap(TrustedProxies.block) }

  /// Whether a text is an address or a block, as ``init(_:)`` takes them.
  package static func isValid(_ text: String) -> Bool { block(text) != nil }

  var isEmpty: Bool { blocks.isEmpty }

  /// The address of whoever is behind the proxies: read from the right, the first that is no proxy of ours.
  /// What stands further left was written by that client, and may be anything.
  func client(of peer: String, forwardedFor fields: [String]) -> String {
    var client = peer
    var hops = fields.flatMap(\.commaSeparated)
    while isTrusted(client), let next = hops.popLast(), NumericAddress.bytes(next) != nil { client = next }
    return client
  }

  func isTrusted(_ text: String) -> Bool {
    guard let address = NumericAddress.bytes(text) else { return false }
    return blocks.contains { $0.contains(address) }
  }

  private static func block(_ text: String) -> Block? {
    let parts = text.trimmed.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = NumericAddress.bytes(String(parts[0])) else { return nil }
    guard parts.count == 2 else { return Block(address: address, bits: address.count * 8) }
    guard var bits = Int(parts[1]) else { return nil }
    // An IPv4 block that is written as one of IPv6.
    if address.count == 4, parts[0].contains(":") { bits -= 96 }
    guard (0...address.count * 8).contains(bits) else { return nil }
    return Block(address: address, bits: bits)
  }
}
