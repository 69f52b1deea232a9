/// One word of a command: text, a decimal integer, or any bytes. Redis never parses it as anything else.
package enum RedisArgument: Sendable, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
  case text(String)
  case integer(Int64)
  case bytes([UInt8])

  package init(_ text: String) { self = .text(text) }
  package init(_ integer: Int) { self = .integer(Int64(integer)) }
  package init(_ integer: Int64) { self = .integer(integer) }
  package init(_ bytes: [UInt8]) { self = .bytes(bytes) }
  package init(stringLiteral text: String) { self = .text(text) }
  package init(integerLiteral integer: Int64) { self = .integer(integer) }

  /// Upper bound of its length in bytes.
  var size: Int {
    switch self {
    case .text(let text): text.utf8.count
    case .integer: 20
    case .bytes(let bytes): bytes.count
    }
  }
}
