// Widening is free, narrowing is refused: an `Int` reads smallint, integer and bigint, an `Int16` smallint only.
// `numeric` is not read: cast it in the statement.

extension Bool: PostgreSQLElement {
  package static var postgreSQLType: PostgreSQLType { .bool }
  package static var postgreSQLArrayType: PostgreSQLType { .boolArray }

  package func postgreSQLValue() -> PostgreSQLParameter.Value { .word(self ? 1 : 0, count: 1) }
  package func encode(into bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }

  package static func decode(_ cell: PostgreSQLCell) -> Bool? {
    guard cell.type == .bool else { return nil }
    return cell.load(as: UInt8.self).map { $0 != 0 }
  }
}

extension Int16: PostgreSQLElement {
  package static var postgreSQLType: PostgreSQLType { .int2 }
  package static var postgreSQLArrayType: PostgreSQLType { .int2Array }

  package func postgreSQLValue() -> PostgreSQLParameter.Value {
    .word(UInt64(truncatingIfNeeded: self), count: 2)
  }
  package func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(self) }

  package static func decode(_ cell: PostgreSQLCell) -> Int16? {
    cell.type == .int2 ? cell.load(as: Int16.self) : nil
  }
}

extension Int32: PostgreSQLElement {
  package static var postgreSQLType: PostgreSQLType { .int4 }
  package static var postgreSQLArrayType: PostgreSQLType { .int4Array }

  package func postgreSQLValue() -> PostgreSQLParameter.Value {
    .word(UInt64(truncatingIfNeeded: self), count: 4)
  }
  package func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(self) }

  package static func decode(_ cell: PostgreSQLCell) -> Int32? {
    switch cell.type {
    case .int4: cell.load(as: Int32.self)
    case .int2: cell.load(as: Int16.self).map { Int32($0) }
    default: nil
    }
  }
}

extension Int64: PostgreSQLElement {
  package static var postgreSQLType: PostgreSQLType { .int8 }
  package static var postgreSQLArrayType: PostgreSQLType { .int8Array }

  package func postgreSQLValue() -> PostgreSQLParameter.Value { .word(UInt64(bitPattern: self), count: 8) }
  package func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(self) }

  package static func decode(_ cell: PostgreSQLCell) -> Int64? {
    switch cell.type {
    case .int8: cell.load(as: Int64.self)
    case .int4: cell.load(as: Int32.self).map { Int64($0) }
    case .int2: cell.load(as: Int16.self).map { Int64($0) }
    default: nil
    }
  }
}

extension Int: PostgreSQLWrapper {
  package var stored: Int64 { Int64(self) }
  package init?(stored: Int64) { self.init(exactly: stored) }
}

extension Double: PostgreSQLElement {
  package static var postgreSQLType: PostgreSQLType { .float8 }
  package static var postgreSQLArrayType: PostgreSQLType { .float8Array }

  package func postgreSQLValue() -> PostgreSQLParameter.Value { .word(bitPattern, count: 8) }
  package func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(bitPattern) }

  package static func decode(_ cell: PostgreSQLCell) -> Double? {
    switch cell.type {
    case .float8: cell.load(as: UInt64.self).map { Double(bitPattern: $0) }
    case .float4: cell.load(as: UInt32.self).map { Double(Float(bitPattern: $0)) }
    default: nil
    }
  }
}
