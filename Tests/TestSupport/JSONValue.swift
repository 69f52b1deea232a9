import FoundationEssentials

/// Any JSON, to look into: what isn't there is `missing`, never an error.
package enum JSONValue: Sendable, Equatable, Decodable {
  case missing
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// - Parameter bytes: what isn't JSON becomes `missing`.
  package init(_ bytes: [UInt8]) {
    self = (try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))) ?? .missing
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  package subscript(name: String) -> JSONValue {
    if case .object(let members) = self { members[name] ?? .missing } else { .missing }
  }

  package subscript(index: Int) -> JSONValue { array.indices.contains(index) ? array[index] : .missing }

  package var string: String? { if case .string(let value) = self { value } else { nil } }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var int: Int? { if case .number(let value) = self { Int(exactly: value) } else { nil } }
  package var array: [JSONValue] { if case .array(let value) = self { value } else { [] } }
  package var isArray: Bool { if case .array = self { true } else { false } }
  package var names: Set<String> { if case .object(let members) = self { Set(members.keys) } else { [] } }
}

extension JSONValue: CustomStringConvertible {
  package var description: String {
    switch self {
    case .missing: "nothing"
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let value): Int(exactly: value).map { "\($0)" } ?? "\(value)"
    case .string(let value): "\"\(value)\""
    case .array(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
    case .object(let members):
      "{" + members.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}"
    }
  }
}
