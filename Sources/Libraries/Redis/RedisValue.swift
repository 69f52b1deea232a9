/// A reply of Redis.
package enum RedisValue: Sendable, Equatable {
  /// A nil string or a nil array.
  case null
  case integer(Int64)
  /// A bulk string or a status such as `OK`; any bytes.
  case string([UInt8])
  case array([RedisValue])
  /// An error inside of an array. One that answers a whole command is thrown instead.
  case error(String)

  /// A string that is UTF-8, else nil.
  package var text: String? {
    bytes.flatMap { String(validating: $0, as: UTF8.self) }
  }

  package var bytes: [UInt8]? {
    if case .string(let bytes) = self { bytes } else { nil }
  }

  /// An integer, also when Redis keeps it as a decimal string (a hash field, a sorted set's score), else nil.
  package var int: Int64? {
    switch self {
    case .integer(let value): value
    case .string: text.flatMap { Int64($0) }
    default: nil
    }
  }

  package var elements: [RedisValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  package var isNull: Bool { self == .null }
}
